"""Identifies a process, so that another can ask later whether it still runs, and locks folders."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# Seconds. The creation time is derived from the clock, which may have been set since.
SAME_TIME = 2.0


@dataclass(frozen=True)
class Owner:
    """A process: its id, and when it was created (seconds since the epoch).

    The id alone is not enough, because the system reuses ids.
    """

    pid: int
    created: float

    @classmethod
    def here(cls) -> Owner:
        """The current process."""
        return cls(os.getpid(), float(psutil.Process().create_time()))

    @classmethod
    def parse(cls, text: str) -> Owner:
        """Parse what `str` wrote. Raises ValueError for anything else."""
        pid, _, created = text.partition(":")
        return cls(int(pid), float(created))

    @property
    def is_running(self) -> bool:
        """Whether the process still runs; a zombie does not."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return bool(abs(process.create_time() - self.created) < SAME_TIME)
        except (psutil.NoSuchProcess, ValueError, OverflowError):
            return False
        except psutil.AccessDenied:
            # Some process has this id, and we may not look at it: assume that it runs.
            return True

    def __str__(self) -> str:
        return f"{self.pid}:{self.created!r}"


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold a lock file inside `with`; that of a process that has died does not count.

    Raises BlockingIOError if another process holds it, and OSError if it cannot be made.
    """
    for _ in range(2):
        try:
            with file.open("x", encoding="ascii") as opened:
                opened.write(str(Owner.here()))
            break
        except FileExistsError:
            with suppress(FileNotFoundError, ValueError):
                owner = Owner.parse(file.read_text("ascii"))
                if owner.is_running:
                    reason = f"process {owner.pid}"
                    raise BlockingIOError(errno.EAGAIN, reason) from None
            file.unlink(missing_ok=True)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
