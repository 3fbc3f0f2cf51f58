"""Which process something belongs to, told so that it can be asked later whether it still runs."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil

# Seconds. A time of creation is reckoned from the clock, which may have been set since.
SAME_TIME = 2.0


@dataclass(frozen=True)
class Owner:
    """A process: its id, and when it was created (seconds since the epoch).

    An id alone would not do, for the system gives it to another process one day.
    """

    pid: int
    created: float

    @classmethod
    def here(cls) -> Owner:
        """The process that asks."""
        return cls(os.getpid(), float(psutil.Process().create_time()))

    @classmethod
    def parse(cls, text: str) -> Owner:
        """What `str` wrote. Raises ValueError for anything else."""
        pid, _, created = text.partition(":")
        return cls(int(pid), float(created))

    @property
    def is_running(self) -> bool:
        """Whether the process is still there; one that has died and is not yet buried is not."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return bool(abs(process.create_time() - self.created) < SAME_TIME)
        except (psutil.NoSuchProcess, ValueError, OverflowError):
            return False
        except psutil.AccessDenied:
            # There is a process with this id, and whose it is cannot be seen: do it no harm.
            return True

    def __str__(self) -> str:
        return f"{self.pid}:{self.created!r}"
