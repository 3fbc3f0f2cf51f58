"""Identifies a process, so that another can ask later whether it still runs."""

from __future__ import annotations

import os
from dataclasses import dataclass

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
