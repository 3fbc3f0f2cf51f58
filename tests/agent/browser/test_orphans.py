"""The browsers of killed owners are ended, and no others: real browsers, real owners."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import sync_playwright

from capslice.agent.browser.launch import system_browser
from capslice.agent.browser.orphans import OWNER_VARIABLE, end_orphans, marked_environment
from capslice.agent.owner import Owner
from tests.conftest import ROOT, in_a_thread

# Starts a browser, waits until its port is open, prints its process id, and waits forever.
OWNER = """
import os, subprocess, sys
from capslice.agent.browser.orphans import marked_environment

program, profile, marked = sys.argv[1:]
browser = subprocess.Popen(
    [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
     f"--user-data-dir={profile}", "about:blank"],
    env=marked_environment() if marked == "marked" else None,
    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
)
for line in browser.stderr:
    if "listening" in line:
        break
print(browser.pid, flush=True)
sys.stdin.read()
"""


class Pair:
    """A browser, and the process that started it."""

    def __init__(self, owner: subprocess.Popen[str]) -> None:
        assert owner.stdout is not None
        self.owner = owner
        self.browser = psutil.Process(int(owner.stdout.readline()))

    def kill_owner(self) -> None:
        self.owner.kill()
        assert self.owner.wait() == -signal.SIGKILL

    @property
    def tree(self) -> set[psutil.Process]:
        return {self.browser, *self.browser.children(recursive=True)}

    def end(self) -> None:
        for process in self.tree if self.browser.is_running() else ():
            process.kill()
        self.owner.kill()
        self.owner.communicate()


def alive(processes: set[psutil.Process]) -> set[psutil.Process]:
    return {
        process
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    }


def a_browser() -> Path | None:
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else system_browser()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Pair]]:
    program = in_a_thread(a_browser)
    with ExitStack() as stack:

        def start(marked: str) -> Pair:
            profile = tmp_path / f"profile {len(list(tmp_path.iterdir()))}"
            profile.mkdir()
            owner = subprocess.Popen(
                [sys.executable, "-c", OWNER, str(program), str(profile), marked],
                **{"cwd": ROOT, "text": True},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            pair = Pair(owner)
            stack.callback(pair.end)
            return pair

        yield start


def test_only_browsers_of_dead_owners_are_ended(start: Callable[[str], Pair]) -> None:
    orphan, owned, unmarked = start("marked"), start("marked"), start("unmarked")
    tree = orphan.tree
    assert len(tree) > 1, "a browser has child processes"
    orphan.kill_owner()
    unmarked.kill_owner()
    assert orphan.browser in alive(tree)
    assert end_orphans() >= len(tree)
    assert not alive(tree)
    assert owned.browser in alive(owned.tree)
    assert unmarked.browser in alive(unmarked.tree)
    tree = owned.tree
    owned.kill_owner()
    assert end_orphans() >= len(tree)
    assert not alive(tree)


def test_the_environment_names_this_process() -> None:
    environment = marked_environment()
    owner = Owner.parse(environment.pop(OWNER_VARIABLE))
    assert owner == Owner.here()
    assert owner.pid == os.getpid()
    assert owner.is_running
    assert environment == {
        name: value for name, value in os.environ.items() if name != OWNER_VARIABLE
    }


def test_whether_an_owner_is_running() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        owner = Owner(process.pid, psutil.Process(process.pid).create_time())
        assert owner.is_running
        assert not Owner(owner.pid, owner.created - 60).is_running, "the process id was reused"
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not owner.is_running, "a zombie counts as dead"
    assert not owner.is_running
    for no_process in (Owner(-1, 0.0), Owner(2**80, 0.0)):
        assert not no_process.is_running
    for text in ("", "1", "x:y", "1:2:3"):
        with pytest.raises(ValueError, match=r"."):
            Owner.parse(text)
