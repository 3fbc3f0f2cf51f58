"""Ends the browsers that a killed agent left running.

The agent starts each browser with its own process id in the browser's environment. The next agent
ends the browsers whose owner is dead, and no others.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import psutil

from capslice.agent.owner import Owner

OWNER_VARIABLE = "CAPSLICE_OWNER"

# Only these processes are asked for their environment, because that is slow.
NAMES = ("chrome", "chromium", "firefox", "webkit", "msedge", "headless")
# Seconds to wait for killed processes. They usually end at once.
KILL_TIMEOUT = 5.0


def marked_environment() -> dict[str, str]:
    """The environment to start a browser with: it names this process as the owner."""
    return {**os.environ, OWNER_VARIABLE: str(Owner.here())}


def end_orphans() -> int:
    """Kill the browsers of dead owners, with all their child processes.

    Returns the number of killed processes. Skips processes of other users, and those whose
    environment cannot be read.
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
            # It has already ended.
            continue
    _wait_for(ended)
    return len(ended)


def _orphans() -> Iterator[psutil.Process]:
    user = psutil.Process().username()
    for process in psutil.process_iter(["name"]):
        name = (process.info["name"] or "").lower()
        if not any(part in name for part in NAMES):
            continue
        try:
            if process.username() != user or process.status() == psutil.STATUS_ZOMBIE:
                continue
            owner = Owner.parse(process.environ()[OWNER_VARIABLE])
        except (psutil.Error, OSError, KeyError, ValueError):
            # It is gone, its environment cannot be read, or it has no known owner.
            continue
        if not owner.is_running and not _is_in_container(process):
            yield process


def _is_in_container(process: psutil.Process) -> bool:
    """Whether the process runs in another container, where its owner's id means another process."""
    try:
        here, there = (os.readlink(f"/proc/{pid}/ns/pid") for pid in ("self", process.pid))  # noqa: PTH115
    except OSError:
        # Only Linux has namespaces.
        return False
    return here != there


def _wait_for(processes: set[psutil.Process]) -> None:
    """Wait until the processes have ended; zombies count as ended."""
    deadline = time.monotonic() + KILL_TIMEOUT
    while processes and time.monotonic() < deadline:
        _, left = psutil.wait_procs(processes, timeout=0.05)
        processes = {process for process in left if _is_alive(process)}


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
