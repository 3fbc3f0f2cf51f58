"""Solve one captcha: picture, reading, answer, verdict, and a fresh captcha if it was wrong.

How often and how long is tenacity's business; what can be done on the page is the
page object's, and what the picture says is the reader's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from agent.browsing.browser import new_page, open_browser
from agent.browsing.captcha_page import CaptchaPage, Verdict
from agent.browsing.guard import Guard
from agent.errors import ConfigurationError, PassingTargetError
from agent.reader import Reader, Reading
from agent.settings import Retries, Settings


@dataclass(frozen=True)
class Attempt:
    """One captcha: what was read, how surely, and the verdict, if it was sure enough for one."""

    text: str
    confidence: float
    digits: tuple[float, ...]
    verdict: Verdict


@dataclass
class Solution:
    """What came of one captcha: every attempt, and the seconds from opening to the end."""

    url: str = ""
    seconds: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def solved(self) -> bool:
        """Whether the last answer was accepted."""
        return bool(self.attempts) and self.attempts[-1].verdict is Verdict.ACCEPTED

    def as_json(self) -> dict[str, Any]:
        """What `captcha-agent solve --json` prints."""
        last = self.attempts[-1] if self.attempts else None
        return {
            "solved": self.solved,
            "text": last.text if last else None,
            "confidence": last.confidence if last else None,
            "attempts": len(self.attempts),
            "seconds": round(self.seconds, 3),
            "url": self.url,
            "history": [asdict(attempt) for attempt in self.attempts],
        }

    def __str__(self) -> str:
        count = len(self.attempts)
        if self.solved:
            last = self.attempts[-1]
            return (
                f"solved {last.text} on attempt {count} in {self.seconds:.1f} s "
                f"(confidence {last.confidence:.4f})"
            )
        unsure = sum(attempt.verdict is Verdict.UNSURE for attempt in self.attempts)
        return (
            f"not solved: {count - unsure} answers rejected, {unsure} captchas too unsure to "
            f"answer, in {self.seconds:.1f} s at {self.url}"
        )


def solve(
    page: CaptchaPage,
    reader: Reader,
    retries: Retries,
    *,
    min_confidence: float = 0.0,
    before_submit: Callable[[Reading], None] | None = None,
) -> Solution:
    """Try until an answer is accepted, or the attempts or the time are used up.

    A rejected answer is followed by a fresh captcha, and so is a reading below
    `min_confidence`, which is not typed at all; a passing fault of the target by a
    page opened anew. Any other error ends the run. `before_submit` is called with the
    reading once it is typed in.

    Raises the error that ended the run, unless that was a rejected answer.
    """
    solution = Solution()
    started = time.monotonic()
    # The first opening is not tried again: where nothing answers, better say so at once.
    page.open()
    get_captcha: Callable[[], None] = _nothing

    def attempt() -> Attempt:
        nonlocal get_captcha
        # Whatever fails from here on, the next attempt starts from a page opened anew.
        get, get_captcha = get_captcha, page.open
        get()
        reading = reader.read(reader.decode(page.picture(), "the captcha's screenshot"))
        verdict = Verdict.UNSURE
        if reading.confidence >= min_confidence:
            page.answer(reading.text)
            if before_submit:
                before_submit(reading)
            page.submit()
            verdict = page.verdict()
        made = Attempt(reading.text, reading.confidence, reading.digits, verdict)
        solution.attempts.append(made)
        get_captcha = page.refresh
        return made

    Retrying(
        stop=stop_after_attempt(retries.attempts) | stop_before_delay(retries.total),
        wait=wait_exponential(retries.first_wait, retries.longest_wait)
        + wait_random(0, retries.jitter),
        retry=retry_if_exception_type(PassingTargetError) | retry_if_result(_was_not_accepted),
        retry_error_callback=_last_outcome,
    )(attempt)
    solution.seconds = time.monotonic() - started
    solution.url = page.url
    return solution


def solve_target(
    settings: Settings, *, end_screenshot: Path | None = None, typed_screenshot: Path | None = None
) -> Solution:
    """Solve the captcha of the configured target in a browser of its own.

    The screenshots are of the page when all is over, solved or not, and of the
    form when the answer is typed in and not yet submitted.

    Raises what `solve`, `Reader` and `open_browser` raise; before a browser is started,
    OriginNotAllowed, and ConfigurationError for a screenshot in no folder.
    """
    Guard(settings.target.allowed_origins).check(settings.target.url)
    for file in filter(None, (end_screenshot, typed_screenshot)):
        # Better said now than when the captcha is solved.
        if not file.parent.is_dir():
            raise ConfigurationError(f"{file} cannot be written: {file.parent} is not a folder")
    reader = Reader(settings.model.path, settings.model.threads)
    with open_browser(settings.browser) as browser:
        page = CaptchaPage(new_page(browser), settings.target, settings.browser.timeout)
        solution = solve(
            page,
            reader,
            settings.retries,
            min_confidence=settings.model.min_confidence,
            before_submit=lambda _: page.screenshot(typed_screenshot),
        )
        page.screenshot(end_screenshot)
    return solution


def _nothing() -> None:
    """The page was opened just now, and shows a captcha already."""


def _was_not_accepted(attempt: Attempt) -> bool:
    return attempt.verdict is not Verdict.ACCEPTED


def _last_outcome(state: RetryCallState) -> Attempt:
    """Return or raise what the last attempt did, rather than tenacity's RetryError."""
    assert state.outcome is not None  # noqa: S101  an attempt was made
    attempt: Attempt = state.outcome.result()
    return attempt
