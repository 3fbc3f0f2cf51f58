"""No browser is left behind by a process that was killed before it could close it.

A browser is started with its owner's name in its environment. Whoever comes next ends
those whose owner is dead, and no others.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import psutil

from capslice.agent.owner import Owner

MARK = "CAPSLICE_OWNER"

# To ask any process of a machine for its environment would take long.
NAMES = ("chrome", "chromium", "firefox", "webkit", "msedge", "headless")
# Seconds. What was killed is gone at once, unless the system holds it.
PATIENCE = 5.0


def marked_environment() -> dict[str, str]:
    """The environment to start a browser with, so that it is known whose it is."""
    return {**os.environ, MARK: str(Owner.here())}


def end_orphans() -> int:
    """Kill the browsers of dead owners, with all that they have started.

    Returns how many processes there were; those of other users are let be, and so is
    what cannot be looked into.
    """
    ended = set()
    for orphan in _orphans():
        try:
            ended |= {orphan, *orphan.children(recursive=True)}
        except psutil.Error:
            continue
    for process in ended:
        try:
            process.kill()
        except psutil.Error:
            # It has ended by itself.
            continue
    _wait_for(ended)
    return len(ended)


def _orphans() -> Iterator[psutil.Process]:
    user = psutil.Process().username()
    for process in psutil.process_iter(["name"]):
        name = (process.info["name"] or "").lower()
        if not any(known in name for known in NAMES):
            continue
        try:
            if process.username() != user or process.status() == psutil.STATUS_ZOMBIE:
                continue
            owner = Owner.parse(process.environ()[MARK])
        except (psutil.Error, OSError, KeyError, ValueError):
            # It is gone, or may not be looked into, or has no owner that we know of.
            continue
        if not owner.is_running and not _is_elsewhere(process):
            yield process


def _is_elsewhere(process: psutil.Process) -> bool:
    """Whether it lives in a container: there, its owner's id is not one of ours."""
    try:
        here, there = (os.readlink(f"/proc/{pid}/ns/pid") for pid in ("self", process.pid))  # noqa: PTH115
    except OSError:
        # Only Linux has these.
        return False
    return here != there


def _wait_for(processes: set[psutil.Process]) -> None:
    """Wait until they have ended, be they buried or not."""
    deadline = time.monotonic() + PATIENCE
    while processes and time.monotonic() < deadline:
        _, left = psutil.wait_procs(processes, timeout=0.05)
        processes = {process for process in left if _is_alive(process)}


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
