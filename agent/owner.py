"""Identifies a process, so that another can ask later whether it still runs, and locks folders."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from capslice.errors import CapsliceError
from capslice.files import read_at_most

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


def _holder(lock: Path) -> str:
    """The process that holds the lock, in words, or "" if it has died."""
    with suppress(FileNotFoundError):
        try:
            owner = Owner.parse(read_at_most(lock).decode("ascii"))
        except ValueError:
            # The process that makes the lock has not written yet, or died before it did.
            is_new = time.time() - lock.stat().st_mtime < SAME_TIME
            return "another process" if is_new else ""
        return f"process {owner.pid}" if owner.is_running else ""
    return ""


@contextmanager
def held(lock: Path, doing: str, kind: type[CapsliceError]) -> Iterator[None]:
    """Make the lock's folder, and hold the lock inside `with`.

    That of a process that has died does not count. Raises an error of this kind if another process
    holds it, which is `doing` something there, or if the folder cannot be used.
    """
    folder = lock.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            try:
                with lock.open("x", encoding="ascii") as opened:
                    opened.write(str(Owner.here()))
                break
            except FileExistsError:
                if holder := _holder(lock):
                    raise kind(
                        f"{holder} already {doing} in {folder}: wait for its end, or name another "
                        "folder with --out"
                    ) from None
                lock.unlink(missing_ok=True)
    except OSError as error:
        raise kind(f"{folder} cannot be used: {error.strerror or error}") from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
