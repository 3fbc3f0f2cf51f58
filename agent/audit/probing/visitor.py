"""Opens the captcha page in new sessions, and answers captchas there, for the probes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Response

from capslice.agent.audit.probing.leaks import Disclosure, disclosure
from capslice.agent.audit.probing.replay import AnswerRequest, record, replay
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.browser.scripts import checked
from capslice.agent.browser.time_limit import limited_synchronously
from capslice.agent.journal.writing import Journal
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.page.verdict import Verdict
from capslice.agent.reading.reader import Reader
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings

TRIES = 6  # captchas to try until one is read with confidence, and its answer accepted

# JavaScript on the fields of the answer: switch off the browser's own checks of the form, leave
# the fields out of the form, and return their names.
SKIP_VALIDATION = "fields => fields.forEach(field => field.form && (field.form.noValidate = true))"
LEAVE_OUT = "fields => fields.forEach(field => { field.disabled = true; })"
NAMES = "fields => fields.map(field => field.name).filter(Boolean)"


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
        self._tries = TRIES

    def solve(self) -> Accepted:
        """Answer captchas until one answer is accepted. Raises ProbeFailed if none is.

        After that, it does not try again: each probe would send as many wrong answers in vain.
        """
        for _ in range(self._tries):
            svgs: list[Response] = []
            with self.visit(svgs) as page:
                answer = self.confident_answer(page)
                disclosed = disclosure(page.page, page.picture_element.first, svgs)
                page.type_answer(answer)
                request, verdict = self.submit(page, answer)
                if verdict is Verdict.ACCEPTED:
                    sent_away = next(iter(page.coroutines.events.blocked.sent_away), "")
                    return Accepted(answer, disclosed, request, sent_away)
        self._tries = 0
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

    def answer_nothing(self, page: SyncCaptchaPage, *, leave_out_field: bool) -> Verdict:
        """The verdict on an empty answer, or on a form without its field.

        Raises ProbeFailed if a script sends the field all the same.
        """
        page.picture()
        page.type_answer("")
        with limited_synchronously(page.page):
            page.fields.evaluate_all(SKIP_VALIDATION)
            names = checked(page.fields.evaluate_all(NAMES), list[str])
            if leave_out_field:
                page.fields.evaluate_all(LEAVE_OUT)
        request, verdict = self.submit(page, "")
        sent = (request.body or b"").decode(errors="replace") + request.url
        if leave_out_field and any(f"{name}=" in sent or f'"{name}"' in sent for name in names):
            raise ProbeFailed("a script of the page sends the field even if the form lacks it")
        return verdict

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
    def visit(
        self, svgs: list[Response] | None = None, cookies: Sequence[Any] = ()
    ) -> Iterator[SyncCaptchaPage]:
        """The captcha page, open in a new session with these cookies.

        `svgs` collects the responses that are SVG.
        """
        settings = self.settings
        fresh = self.own.new_page()
        fresh.context.add_cookies(list(cookies))

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
