"""Many sessions, by several workers, each with a browser of its own.

They share a count of what is still to be begun. What ends one session, ends it alone; what
would end all others as well, ends the audit: that the site says no, that nothing answers any
more, Ctrl-C. Each session is in the journal from its first step.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

import psutil

from capslice.agent.browser.own_page import OwnPage
from capslice.agent.journal.writing import Journal
from capslice.agent.reading.reader import Reader
from capslice.agent.retrying import Solving
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.agent.solution import Solution
from capslice.errors import AgentError

# So many sessions in a row that an error ended, of all workers together, are the last ones.
MOST_FAILURES = 5

Heard = Callable[[Solution | AgentError], None]


class Shift:
    """What the workers share. Begins at most `count` sessions, and none after `seconds`.

    error: what ended it early, if anything did.
    """

    def __init__(self, count: float, seconds: float) -> None:
        self.error: BaseException | None = None
        self._left = count
        self._until = time.monotonic() + seconds
        self._failures = 0
        self._lock = threading.Lock()
        self._over = False

    def begin(self) -> bool:
        """Whether another session is to be begun; then it is counted."""
        with self._lock:
            if self._over or self._left < 1 or time.monotonic() >= self._until:
                return False
            self._left -= 1
            return True

    def end(self, error: BaseException | None = None) -> None:
        """Begin no more."""
        with self._lock:
            self.error = self.error or error
            self._over = True

    def note(self, outcome: Solution | AgentError) -> None:
        """Take notice of how a session ended."""
        failed = isinstance(outcome, AgentError)
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            too_many = self._failures >= MOST_FAILURES
        if isinstance(outcome, AgentError) and (outcome.retry_level is None or too_many):
            self.end(outcome)


def work(
    settings: Settings,
    reader: Reader,
    journal: Journal,
    workers: int,
    shift: Shift,
    heard: Heard,
) -> None:
    """Solve until the shift is over; `heard` is told, in any thread, how each session ended.

    Ctrl-C lets the sessions end that were begun; a second one ends their browsers. Raises
    KeyboardInterrupt then, and otherwise what `shift.error` is, when all workers have ended.
    """
    pace = Pace(settings.pace.path)

    def worker() -> None:
        try:
            with OwnPage(settings.browser) as own:
                while shift.begin():
                    outcome = _solve(own, settings, reader, pace, journal, shift)
                    shift.note(outcome)
                    heard(outcome)
        except BaseException as error:
            shift.end(error)

    with ThreadPoolExecutor(workers, "worker") as pool:
        at_work = [pool.submit(worker) for _ in range(workers)]
        try:
            wait(at_work)
        except KeyboardInterrupt as interrupt:
            shift.end(interrupt)
            try:
                wait(at_work)
            except KeyboardInterrupt:
                for process in psutil.Process().children(recursive=True):
                    with suppress(psutil.Error):
                        process.kill()
    if shift.error:
        raise shift.error


def _solve(
    own: OwnPage, settings: Settings, reader: Reader, pace: Pace, journal: Journal, shift: Shift
) -> Solution | AgentError:
    page = own.fresh()
    try:
        with journal.run(settings.target.url) as run:
            solving = Solving(
                page,
                reader,
                settings,
                url=settings.target.url,
                pace=pace,
                renew=own.fresh,
                run=run,
            )
            try:
                return solving.solve_synchronously()
            except Exception:
                if isinstance(shift.error, KeyboardInterrupt):
                    # Its browser was ended under it: that is no failure of the page's.
                    raise shift.error from None
                raise
    except AgentError as error:
        return error
