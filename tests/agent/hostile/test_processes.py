"""Each command ends on each hostile page, leads nowhere else, and leaves no process behind."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.agent.hostile.conftest import PAGES, Attack
from tests.commands import command

COMMANDS = {
    "solve": (),
    "audit": ("--count", "1"),
    "doctor": (),
    "init": ("--yes", "--out", "written.toml"),
    "collect": ("--count", "2", "--out", "collected"),
    "learn": ("--yes", "--submissions", "2"),
}
QUICK = [("solve", "busy_when_sent"), ("collect", "busy_when_loaded")]
# With these limits a command takes less than a minute on an idle machine.
CONFIG = """
[target]
url = {url}
allowed_origins = {origins}
[target.selectors]
input = "#input"
refresh = ""
[browser]
timeout = 2
[retries]
attempts = 2
faults = 1
total = 10
first_wait = 0.01
longest_wait = 0.02
"""
MOST_SECONDS = 300  # a busy machine takes several times as long as an idle one
SECONDS_TO_END = 30
MARK = "HOSTILE_TEST"  # a variable in the environment of all that a command starts


def left(mark: str) -> list[str]:
    """The processes that have this mark and do not end, also those of a dead process."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:  # it has ended, or belongs to somebody else
            continue
    _, alive = psutil.wait_procs(found, timeout=SECONDS_TO_END)
    return [repr(process) for process in alive]


@pytest.mark.parametrize(
    ("name", "page"),
    [
        pytest.param(name, page.stem, marks=() if (name, page.stem) in QUICK else pytest.mark.slow)
        for name in COMMANDS
        for page in sorted(PAGES.iterdir())
    ],
)
def test_a_command_ends(name: str, page: str, attack: Attack, tmp_path: Path) -> None:
    target, there = attack(page)
    url, origins = json.dumps(target.url), json.dumps(target.allowed_origins)
    (tmp_path / "config.toml").write_text(CONFIG.format(url=url, origins=origins))
    done = subprocess.run(
        command(name, target.url, *COMMANDS[name]),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=MOST_SECONDS,
        env={**os.environ, MARK: str(tmp_path)},
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in range(7), done.stderr
    assert done.stdout or done.stderr
    assert left(str(tmp_path)) == []
    assert there.log == []
