"""Runs many sessions with several workers, each with its own browser.

An error ends only its own session, unless it would end all others too: the site refuses, nothing
listens at the address, or Ctrl-C. The journal records each session from its first step.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

import psutil

from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.journal.writing import Journal
from capslice.agent.reading.reader import Reader
from capslice.agent.retrying import Solver
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.agent.solution import Solution
from capslice.errors import AgentError

# The audit ends after this many failed sessions in a row, counted over all workers.
MAX_FAILURES = 5
GRACE = 2.0  # seconds

Outcome = Solution | AgentError


class SessionBudget:
    """Grants the workers at most `count` sessions, and none after `seconds`; thread-safe.

    error: the error that ended the audit early, or None.
    go_on: is asked before each session whether there shall be one more.
    """

    def __init__(
        self,
        count: float = math.inf,
        seconds: float = math.inf,
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self.error: BaseException | None = None
        self._go_on = go_on
        self._left = count
        self._deadline = time.monotonic() + seconds
        self._failures = 0
        self._lock = threading.Lock()
        self._closed = False
        self._interrupted = threading.Event()

    def take(self) -> bool:
        """Take one session from the budget; false if there is none left."""
        with self._lock:
            if self._closed or self._left < 1 or time.monotonic() >= self._deadline:
                return False
            if not self._go_on():
                return False
            self._left -= 1
            return True

    def close(self, error: BaseException) -> None:
        """Grant no more sessions, because of this error."""
        with self._lock:
            self.error = self.error or error
            self._closed = True
        if isinstance(error, KeyboardInterrupt):
            self._interrupted.set()

    def sleep(self, seconds: float) -> None:
        """Wait. Raises KeyboardInterrupt as soon as that has closed the budget."""
        if self._interrupted.wait(seconds):
            raise KeyboardInterrupt

    def record(self, outcome: Outcome) -> None:
        """Close the budget if the outcome of a session means that all others would fail too."""
        failed = isinstance(outcome, AgentError)
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            too_many = self._failures >= MAX_FAILURES
        if isinstance(outcome, AgentError) and (outcome.retry_level is None or too_many):
            self.close(outcome)


def run_sessions(
    settings: Settings,
    reader: Reader,
    journal: Journal,
    workers: int,
    budget: SessionBudget,
    on_end: Callable[[Outcome], None],
) -> None:
    """Run sessions until the budget is used up; call `on_end` in a worker's thread after each.

    After Ctrl-C, the running sessions have GRACE seconds to end, or until a second Ctrl-C; then
    their browsers are killed. When all workers have ended, raises `budget.error` if there is one,
    such as KeyboardInterrupt.
    """
    pace = Pace(settings.pace.path)

    def worker() -> None:
        try:
            with OwnBrowser(settings.browser) as own:
                while budget.take():
                    outcome = _run_session(own, settings, reader, pace, journal, budget)
                    budget.record(outcome)
                    on_end(outcome)
        except BaseException as error:
            budget.close(error)

    with ThreadPoolExecutor(workers, "worker") as pool:
        running = [pool.submit(worker) for _ in range(workers)]
        try:
            wait(running)
        except KeyboardInterrupt as interrupt:
            budget.close(interrupt)
            with suppress(KeyboardInterrupt):
                wait(running, GRACE)
            if not all(each.done() for each in running):
                for process in psutil.Process().children(recursive=True):
                    with suppress(psutil.Error):
                        process.kill()
    if budget.error:
        raise budget.error


def _run_session(
    own: OwnBrowser,
    settings: Settings,
    reader: Reader,
    pace: Pace,
    journal: Journal,
    budget: SessionBudget,
) -> Outcome:
    page = own.new_page()
    try:
        with journal.run(settings.target.url) as run:
            solving = Solver(
                page,
                reader,
                settings,
                url=settings.target.url,
                pace=pace,
                renew=own.new_page,
                run=run,
                sleep=budget.sleep,
            )
            try:
                return solving.solve_synchronously()
            except Exception:
                if isinstance(budget.error, KeyboardInterrupt):
                    # Ctrl-C killed the browser; that is not an error of the page.
                    raise budget.error from None
                raise
    except AgentError as error:
        return error
