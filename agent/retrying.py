"""Solves one captcha: picture, reading, answer, verdict, and retries.

tenacity counts and waits, the captcha page acts, and the reader reads. This module decides
on which level each error is retried, and what goes into the journal when.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    retry_if_result,
    stop_before_delay,
    wait_exponential,
    wait_random,
)
from tenacity.wait import wait_base

from capslice.agent.browser.sync_async import pause, result, run_synchronously
from capslice.agent.journal.writing import Entry, Run
from capslice.agent.page.captcha_page import CaptchaPage
from capslice.agent.page.verdict import Verdict
from capslice.agent.reading.reader import Reader, Reading
from capslice.agent.reading.suitability import picture_size
from capslice.agent.rules.origins import Origin
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Retries, Settings
from capslice.agent.solution import Attempt, Solution
from capslice.errors import AgentError, NothingThere, RetryLevel, TargetRefused

BeforeSubmit = Callable[[Reading], Awaitable[None] | None]


class Solver:
    """Tries on `page`, of either API, until an answer is accepted or the retries are used up.

    After a rejected answer it asks for a fresh captcha, and also after a reading below
    `model.min_confidence`, which it does not type. It retries a transient error on the error's
    own level, and one level higher, up to a fresh page, if that level has just failed. Any other
    error ends the run.

    url:           the address of the captcha page.
    shown:         whether the page already shows that address.
    renew:         opens a page in a new browser after the old one is gone.
    before_submit: called with the reading after the answer is typed.
    run:           the journal's record of this run.
    sleep:         waits so many seconds; by default, a wait lasts as long as it should.
    """

    def __init__(
        self,
        page: Page,
        reader: Reader,
        settings: Settings,
        *,
        url: str,
        pace: Pace,
        shown: bool = False,
        renew: Callable[[], Page] | None = None,
        before_submit: BeforeSubmit | None = None,
        run: Run | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.reader = reader
        self.settings = settings
        self.url = url
        self.pace = pace
        self.renew = renew
        self.before_submit = before_submit
        self.run = run
        self._sleep = sleep
        self.solution = Solution()
        self.page = self._on(page)
        self._retry_level = RetryLevel.SAME_CAPTCHA if shown else RetryLevel.FRESH_PAGE
        self._last_level: RetryLevel | None = None  # of the previous attempt, if it failed
        self._was_shown = shown
        self._refusals = 0
        self._least_wait = 0.0  # seconds that the target asked for
        self._stages: dict[str, float] = {}

    async def solve(self) -> Solution:
        """Try, and return the solution. Raises the error that ended the run."""
        retries = self.settings.retries
        started = time.monotonic()
        growing = growing_wait(retries)
        retrying = AsyncRetrying(
            sleep=self._pause,
            stop=self._retries_used_up,
            wait=lambda state: max(growing(state), self._least_wait),
            retry=retry_if_exception(self._is_worth_a_retry) | retry_if_result(_was_not_accepted),
            retry_error_callback=_last_outcome,
        )
        try:
            self.page.guard.check(self.url)
            await self.page.attach()
            if self._was_shown:
                await self.page.check_protection()
            await retrying(self._attempt)
        finally:
            await self.page.detach()
        self.solution.seconds = time.monotonic() - started
        self.solution.url = self.page.url
        return self.solution

    def solve_synchronously(self) -> Solution:
        """Like `solve`, for a page of the synchronous API."""
        return run_synchronously(self.solve())

    async def _attempt(self) -> Attempt:
        level, self._retry_level = self._retry_level, RetryLevel.FRESH_PAGE
        entry = self.run.attempt(self.page.url) if self.run else None
        self._stages = {}
        try:
            with self._stage("page"):
                await self._show_captcha(level)
            attempt = await self._answer(entry)
        except BaseException as error:
            if entry:
                message = str(error) or type(error).__name__
                self._end(entry, None, message)
            if isinstance(error, AgentError):
                self._plan_retry(error)
            raise
        if entry:
            self._end(entry, attempt.verdict, None)
        self.solution.attempts.append(attempt)
        self._retry_level, self._last_level, self._least_wait = RetryLevel.FRESH_CAPTCHA, None, 0.0
        return attempt

    def _end(self, entry: Entry, verdict: Verdict | None, error: str | None) -> None:
        blocked = self.page.events.blocked
        entry.ended(verdict, error, self.page.url, self._stages, blocked.lines)
        blocked.lines = []

    async def _show_captcha(self, level: RetryLevel) -> None:
        """Renew the captcha, the page or the browser, as the level says."""
        if level is RetryLevel.FRESH_CAPTCHA:
            await self.page.refresh()
        elif level is RetryLevel.FRESH_PAGE:
            await self.page.open()
        elif level is RetryLevel.FRESH_BROWSER:
            assert self.renew  # noqa: S101  else it would not be retried
            await self.page.detach()
            self.page = self._on(self.renew())
            await self.page.attach()
            await self.page.open()
        self._was_shown = True

    async def _answer(self, entry: Entry | None) -> Attempt:
        with self._stage("picture"):
            picture = await self.page.picture()
            await self.page.check_success_is_hidden()
        with self._stage("reading"):
            reading = self.reader.read_content(picture, "the captcha's picture")
        if entry:
            entry.read(picture, reading.text, reading.confidence, reading.probabilities)
        verdict = Verdict.UNSURE
        answer = reading.sure_answer(self.settings.model.min_confidence)
        if answer is not None:
            with self._stage("typing"):
                await self.page.type_answer(answer)
            if self.before_submit:
                await result(self.before_submit(reading))
            with self._stage("waiting"):
                await self._keep_pace()
            if entry:
                entry.submitting()
            with self._stage("verdict"):
                await self.page.submit()
                verdict = await self.page.verdict()
        return Attempt(
            reading.text,
            reading.answer,
            reading.confidence,
            reading.probabilities,
            verdict,
            picture_size(picture),
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        """Measure the seconds of a part of the attempt."""
        started = time.monotonic()
        try:
            yield
        finally:
            self._stages[name] = time.monotonic() - started

    async def _pause(self, seconds: float) -> None:
        if self._sleep:
            self._sleep(seconds)
        else:
            await pause(self.page.page, seconds)

    async def _keep_pace(self) -> None:
        page = self.page.page
        for seconds in self.pace.waits(page.url, self.settings.pace, self.page.shown_at):
            await self._pause(seconds)

    def _on(self, page: Page) -> CaptchaPage:
        return CaptchaPage(page, self.settings.target, self.settings.browser.timeout, self.url)

    def _plan_retry(self, error: AgentError) -> None:
        """Set the level and the least wait of the next attempt, if there is one."""
        self._least_wait = 0.0
        if isinstance(error, TargetRefused):
            self._refusals += 1
            origin = Origin.of(self.url)
            interval = self.settings.pace.interval_at(origin)
            self._least_wait = interval if error.retry_after is None else error.retry_after
            if interval > 0:
                self.pace.postpone(str(origin), self._least_wait)
        level = error.retry_level or RetryLevel.FRESH_PAGE
        if level is self._last_level and level < RetryLevel.FRESH_PAGE:
            level = RetryLevel(level + 1)
        self._retry_level = self._last_level = level
        if self._is_worth_a_retry(error):
            self.solution.faults.append(str(error))

    def _is_worth_a_retry(self, error: BaseException) -> bool:
        if isinstance(error, TargetRefused):
            pace = self.settings.pace
            return self._refusals < pace.refusals and self._least_wait <= pace.longest_wait
        if isinstance(error, NothingThere) and not self._was_shown:
            return False  # nothing has ever answered there
        if not isinstance(error, AgentError) or error.retry_level is None:
            return False
        return error.retry_level < RetryLevel.FRESH_BROWSER or self.renew is not None

    def _retries_used_up(self, state: RetryCallState) -> bool:
        retries, solution = self.settings.retries, self.solution
        return (
            len(solution.attempts) >= retries.attempts
            or len(solution.faults) > retries.faults
            or stop_before_delay(retries.total)(state)
        )


def growing_wait(retries: Retries) -> wait_base:
    """The waits between attempts, each about twice as long as the one before."""
    return wait_exponential(retries.first_wait, retries.longest_wait) + wait_random(
        0, retries.jitter
    )


def _was_not_accepted(attempt: Attempt) -> bool:
    return attempt.verdict is not Verdict.ACCEPTED


def _last_outcome(state: RetryCallState) -> Attempt:
    """Return or raise what the last attempt did, instead of tenacity's RetryError."""
    assert state.outcome is not None  # noqa: S101  there was an attempt
    attempt: Attempt = state.outcome.result()
    return attempt
