"""Opens the captcha page in new sessions, and answers captchas there, for the probes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Response

from capslice.agent.audit.probing.leaks import Disclosure, disclosure
from capslice.agent.audit.probing.replay import AnswerRequest, record, replay
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.journal.writing import Journal
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.page.verdict import Verdict
from capslice.agent.reading.reader import Reader
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings

TRIES = 6  # captchas to try until one is read with confidence, and its answer accepted


class ProbeFailed(Exception):
    """A probe could not be made; the message says why."""


@dataclass(frozen=True)
class Accepted:
    """An accepted answer, what the page disclosed before it, and the request that sent it.

    sent_away: the origin that a blocked request would have sent the answer to, or "".
    """

    answer: str
    disclosed: Disclosure
    request: AnswerRequest
    sent_away: str = ""


class Visitor:
    """Visits the page of the settings in sessions of `own`, at the configured pace.

    Writes each answer to `journal` before it is sent. Use it in the thread of `own`.
    """

    def __init__(
        self, own: OwnBrowser, reader: Reader, settings: Settings, pace: Pace, journal: Journal
    ) -> None:
        self.own = own
        self.reader = reader
        self.settings = settings
        self.pace = pace
        self.journal = journal

    def solve(self) -> Accepted:
        """Answer captchas until one answer is accepted. Raises ProbeFailed if none is."""
        for _ in range(TRIES):
            svgs: list[Response] = []
            with self.visit(svgs) as page:
                answer = self.confident_answer(page)
                disclosed = disclosure(page.page, page.picture_element.first, svgs)
                page.type_answer(answer)
                request, verdict = self.submit(page, answer)
                if verdict is Verdict.ACCEPTED:
                    sent_away = next(iter(page.coroutines.events.blocked.sent_away), "")
                    return Accepted(answer, disclosed, request, sent_away)
        raise ProbeFailed(f"the site accepted none of {TRIES} answers")

    def confident_answer(self, page: SyncCaptchaPage) -> str:
        """An answer with at least `model.min_confidence`, to this captcha or a fresh one."""
        for attempt in range(TRIES):
            if attempt:
                page.refresh()
            answer = self.sure_answer(page.picture())
            if answer is not None:
                return answer
        raise ProbeFailed(f"none of {TRIES} captchas was read with enough confidence")

    def sure_answer(self, picture: bytes) -> str | None:
        """The answer to a picture, or None below `model.min_confidence`."""
        reading = self.reader.read_content(picture, "the captcha's picture")
        return reading.sure_answer(self.settings.model.min_confidence)

    def answer_wrongly(self, page: SyncCaptchaPage) -> tuple[bytes, Verdict]:
        """The picture, and the verdict on an answer that is certainly wrong."""
        picture = page.picture()
        reading = self.reader.read_content(picture, "the captcha's picture")
        wrong = self.reader.wrong_answer(reading)
        page.type_answer(wrong)
        return picture, self.submit(page, wrong)[1]

    def submit(self, page: SyncCaptchaPage, text: str) -> tuple[AnswerRequest, Verdict]:
        """Submit the typed answer `text`, and return the request that sent it and the verdict."""
        with self._journaled(page.url, text) as write:
            request = record(page)
            return request, write(page.verdict())

    def replay(self, request: AnswerRequest, text: str, cookies: list[Any]) -> Verdict:
        """Send a recorded answer again in a new session with these cookies."""
        page = self.own.new_page()
        page.context.add_cookies(cookies)
        with self._journaled(request.url, text) as write:
            return write(replay(request, page, self.settings))

    @contextmanager
    def visit(self, svgs: list[Response] | None = None) -> Iterator[SyncCaptchaPage]:
        """The captcha page, open in a new session; `svgs` collects the responses that are SVG."""
        settings = self.settings
        fresh = self.own.new_page()

        def collect(response: Response) -> None:
            kind = response.headers.get("content-type", "")
            if svgs is not None and kind.startswith("image/svg"):
                svgs.append(response)

        fresh.on("response", collect)
        with SyncCaptchaPage(fresh, settings.target, settings.browser.timeout) as page:
            page.open()
            yield page

    @contextmanager
    def _journaled(self, url: str, text: str) -> Iterator[Callable[[Verdict], Verdict]]:
        """Keep the pace, and write an answer to the journal before it is sent.

        Yields a function that also writes the verdict, and returns it.
        """
        target, pace = self.settings.target, self.settings.pace
        for seconds in self.pace.waits(target.url, pace, time.monotonic()):
            time.sleep(seconds)
        with self.journal.run(url) as run:
            entry = run.attempt(url)
            entry.read(b"", text, 0.0, ())
            entry.submitting()

            def write(verdict: Verdict) -> Verdict:
                entry.ended(verdict, None, url)
                return verdict

            yield write
