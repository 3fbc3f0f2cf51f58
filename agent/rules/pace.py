"""Limits the rate of submissions to a site, across threads and processes.

Each submission reserves a time slot and waits for it. The slots are in a file, so all processes
that use the file share one queue.
"""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from capslice.agent.database import PACE, as_journal_error, checked_row, connect, connect_in_memory
from capslice.agent.rules.origins import Origin

if TYPE_CHECKING:
    from capslice.agent.settings import Pace as PaceSettings

LONGEST = 86_400.0  # seconds; a site that asks for more is asked again after a day
LONG = 10.0  # seconds of waiting that are worth a line
ROUNDING = 1e-3  # seconds

Row = TypeVar("Row")

log = logging.getLogger(__name__)

# The threads of this process wait for this lock, which is faster than the lock of the file.
_LOCK = threading.Lock()


class Pace:
    """The time slots of each origin, in the file at `path`, or in this process if it is None.

    The file may be a journal. `clock` returns seconds, and has to agree in all processes of the
    machine. The default is the monotonic clock, which starts again at a reboot.

    The methods raise JournalError if the file cannot be used.
    """

    def __init__(self, path: Path | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock

    def reserve(self, origin: str, interval: float) -> float:
        """Reserve the next slot, and return the seconds to wait for it, 0 or more.

        The slot after it comes `interval` seconds later. Slots go out in the order of the calls,
        each of them once.
        """
        return self._update(origin, lambda wait: wait + interval)

    def reserve_at(self, url: str, settings: PaceSettings) -> float:
        """Reserve a slot for an answer to the page at `url`; 0 if its origin has no interval."""
        origin = Origin.of(url)
        interval = settings.interval_at(origin)
        return self.reserve(str(origin), interval) if interval > 0 else 0.0

    def waits(
        self, url: str, settings: PaceSettings, shown_at: float = -math.inf
    ) -> Iterator[float]:
        """Yield the seconds to wait, again and again, until an answer to `url` may be sent.

        The captcha has been shown since `shown_at`, by time.monotonic().

        A process may wake up late and send after its slot. So the next one also keeps the interval
        from the time when the last answer was really sent.
        """
        thinking = shown_at + settings.think - time.monotonic()
        if thinking > 0:
            yield thinking
        origin = Origin.of(url)
        interval = settings.interval_at(origin)
        if interval <= 0:
            return
        seconds = self.reserve(str(origin), interval)
        if seconds > LONG:
            log.warning("note: the next answer to %s has to wait for %.0f s", origin, seconds)
        if seconds > 0:
            yield seconds
        while (seconds := self._rest(str(origin), interval)) > 0:
            yield seconds

    def _rest(self, origin: str, interval: float) -> float:
        """The seconds until `interval` has passed since the last answer; if 0, one is sent now."""
        with self._transaction() as connection:
            now = self._clock()
            query = "SELECT sent FROM paces WHERE origin = ?"
            (sent,) = self._checked(
                connection.execute(query, (origin,)).fetchone() or (None,), tuple[float | None]
            )
            # After a reboot the clock starts again.
            rest = 0.0 if sent is None or sent > now else sent + interval - now
            if rest <= ROUNDING:
                connection.execute("UPDATE paces SET sent = ? WHERE origin = ?", (now, origin))
                return 0.0
        return rest

    def postpone(self, origin: str, seconds: float) -> None:
        """Give out no slot within the next `seconds`, a day at most.

        Slots that are given out stay valid.
        """
        self._update(origin, lambda wait: max(wait, min(seconds, LONGEST)))

    def _update(self, origin: str, next_wait: Callable[[float], float]) -> float:
        """Return the seconds until the next slot, and set those until the slot after it."""
        with self._transaction() as connection:
            now = self._clock()
            query = "SELECT free, reckoned FROM paces WHERE origin = ?"
            free, reckoned = self._checked(
                connection.execute(query, (origin,)).fetchone() or (now, now), tuple[float, float]
            )
            # After a reboot the clock starts again; nobody then waits longer than before.
            wait = max(0.0, free - max(now, reckoned)) if math.isfinite(free) else 0.0
            wait = min(wait, LONGEST)  # an older capslice stored what a site asked for
            connection.execute(
                "INSERT INTO paces (origin, free, reckoned) VALUES (:origin, :free, :now)"
                " ON CONFLICT (origin) DO UPDATE SET free = :free, reckoned = :now",
                {"origin": origin, "free": now + next_wait(wait), "now": now},
            )
        return wait

    def _checked(self, row: object, kind: type[Row]) -> Row:
        return checked_row(row, kind, self._path or Path(":memory:"))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that locks the slots for all others."""
        with _LOCK:
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
    """The seconds that a Retry-After header asks to wait from `now`, which needs a time zone.

    The header holds seconds or a date (RFC 9110, 10.2.3). A date in the past gives 0, and more than
    a day gives a day. A missing or invalid header gives None.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(LONGEST, float(text))
    try:
        when = parsedate_to_datetime(text)
        # The oldest of the three date formats has no time zone, and means UTC.
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return min(LONGEST, max(0.0, (when - now).total_seconds()))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
