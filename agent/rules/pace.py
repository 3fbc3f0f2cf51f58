"""How slowly a site is asked: one submission after another, however many ask it at once.

Whoever wants to submit takes a slot, and waits until it comes. Slots are kept in a file,
and so are in one order for all processes that share it.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from capslice.agent.database import PACE, as_journal_error, connect, connect_in_memory
from capslice.agent.rules.origins import Origin

if TYPE_CHECKING:
    from capslice.agent.settings import Pace as PaceSettings

# Threads of this process take turns here, so that they need not wait for the file.
_TURN = threading.Lock()


class Pace:
    """The slots of every origin, in the file at `path`, or in this process alone for None.

    The file may be a journal. `clock` tells seconds, the same to all processes of the
    machine; by default it is the one that nobody can set, and that a restart sets back.

    Its methods raise JournalError where the file cannot be used.
    """

    def __init__(self, path: Path | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock

    def reserve(self, origin: str, interval: float) -> float:
        """Take the next slot; return the seconds to wait for it, 0 or more.

        The one after it comes `interval` seconds later. Slots are given in the order in
        which they are asked for, and none to two.
        """
        return self._reckon(origin, lambda wait: wait + interval)

    def reserve_at(self, url: str, settings: PaceSettings) -> float:
        """The same for an answer to the page at `url`; 0 where none has to wait there."""
        origin = Origin.of(url)
        interval = settings.interval_at(origin)
        return self.reserve(str(origin), interval) if interval > 0 else 0.0

    def postpone(self, origin: str, seconds: float) -> None:
        """Give no slot within the next `seconds`; those that are given are not taken back."""
        self._reckon(origin, lambda wait: max(wait, seconds))

    def _reckon(self, origin: str, then: Callable[[float], float]) -> float:
        """The seconds until the next slot; `then` tells from them those until the one after."""
        with self._transaction() as connection:
            now = self._clock()
            row = connection.execute(
                "SELECT free, reckoned FROM paces WHERE origin = ?", (origin,)
            ).fetchone()
            free, reckoned = row or (now, now)
            # Where the machine was started anew, nobody waits longer than before.
            wait = max(0.0, free - max(now, reckoned))
            connection.execute(
                "INSERT OR REPLACE INTO paces (origin, free, reckoned) VALUES (?, ?, ?)",
                (origin, now + then(wait), now),
            )
        return wait

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """What one does to the slots while all others wait."""
        with _TURN:
            if self._path is None:
                yield _in_this_process()
                return
            with (
                as_journal_error(self._path, PACE),
                closing(connect(self._path, key=PACE)) as connection,
            ):
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")


@cache
def _in_this_process() -> sqlite3.Connection:
    return connect_in_memory()


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks to wait from `now` (with a time zone).

    It has either seconds or a date (RFC 9110, 10.2.3); one that is past is 0. None
    where there is no header, or neither of the two in it.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
        # The oldest of the three forms of a date has no zone, and means UTC.
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
