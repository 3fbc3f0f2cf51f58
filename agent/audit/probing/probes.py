"""Tests a page for each weakness in PROBED, in sessions of their own, at the configured pace.

A result rests on what the site did: a probe that cannot be made says why. After the site refuses
with 403 or 429, no further request is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

from capslice.agent.audit import weaknesses
from capslice.agent.audit.probing.leaks import ADDRESSES, Disclosure, disclosure, leaked_encoding
from capslice.agent.audit.probing.replay import AnswerRequest, record, replay
from capslice.agent.audit.report.report import Weakness
from capslice.agent.audit.weaknesses import KnownWeakness
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.browser.sync_async import first_line
from capslice.agent.journal.writing import Journal
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.page.verdict import Verdict
from capslice.agent.reading.reader import Reader, Reading
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.errors import AgentError, NoVerdict, TargetError, TargetRefused

LEAK_SAMPLES = 3  # captchas whose answers are searched for in the page
TRIES = 6  # captchas to try until one is read with confidence, and its answer accepted
WRONG_ANSWERS = 25  # wrong answers in a row, to find a limit

# JavaScript on the fields of the answer: switch off the browser's own checks of the form, leave
# the fields out of the form, and return their names.
SKIP_VALIDATION = "fields => fields.forEach(field => field.form && (field.form.noValidate = true))"
LEAVE_OUT = "fields => fields.forEach(field => { field.disabled = true; })"
NAMES = "fields => fields.map(field => field.name).filter(Boolean)"


class ProbeFailed(Exception):
    """A probe could not be made; the message says why."""


@dataclass(frozen=True)
class Accepted:
    """An accepted answer, what the page disclosed before it, and the request that sent it."""

    text: str
    disclosed: Disclosure
    request: AnswerRequest


class Probes:
    """Makes the probes on pages of `own`, and writes each answer to `journal` before it is sent.

    Use it in the thread of `own`.
    """

    def __init__(
        self, own: OwnBrowser, reader: Reader, settings: Settings, pace: Pace, journal: Journal
    ) -> None:
        self.own = own
        self.reader = reader
        self.settings = settings
        self.pace = pace
        self.journal = journal
        self._accepted: list[Accepted] = []

    def run(self, skip: Container[str]) -> Iterator[Weakness]:
        """Yield the result for each weakness in PROBED, except for the keys in `skip`.

        A probe that meets a transient error is made once more. The probe that provokes a refusal
        of the site is the last one.
        """
        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(2),
            wait=wait_fixed(self.settings.retries.first_wait),
            reraise=True,
        )
        probes: dict[KnownWeakness, Callable[[KnownWeakness], Weakness]] = {
            weaknesses.ANSWER_IN_PAGE: partial(self._leak, "page"),
            weaknesses.ANSWER_IN_COOKIE: partial(self._leak, "cookies"),
            weaknesses.ANSWER_IN_ADDRESS: partial(self._leak, "address"),
            weaknesses.MISSING_FIELD: partial(self._no_answer, leave_out_field=True),
            weaknesses.EMPTY_ANSWER: partial(self._no_answer, leave_out_field=False),
            weaknesses.REUSED_ANSWER: self._reused_answer,
            weaknesses.FOREIGN_ANSWER: self._foreign_answer,
            weaknesses.KEPT_PICTURE: self._kept_picture,
            weaknesses.NO_LIMIT: self._no_limit,
        }
        refusal: TargetRefused | None = None
        for weakness, probe in probes.items():
            if weakness.key in skip:
                continue
            if refusal:
                yield weakness.not_tested(f"the site refused an earlier probe: {refusal}")
                continue
            try:
                yield retrying(probe, weakness)
            except TargetRefused as error:
                refusal = error
                yield weakness.not_tested(str(error))
            except (ProbeFailed, AgentError) as error:
                yield weakness.not_tested(str(error))
            except PlaywrightError as error:
                yield weakness.not_tested(first_line(error))

    def _leak(self, where: str, weakness: KnownWeakness) -> Weakness:
        """Look for the answers in the attribute `where` of Disclosure."""
        while len(self._accepted) < LEAK_SAMPLES:
            self._accepted.append(self._solve())
        disclosed = [(each.text, str(getattr(each.disclosed, where))) for each in self._accepted]
        encoding = leaked_encoding(disclosed)
        if encoding:
            return weakness.found(f"all {len(disclosed)} accepted answers were there {encoding}")
        return weakness.not_found(
            f"{len(disclosed)} accepted answers were searched for in plain text, backwards, "
            "encoded and hashed"
        )

    def _no_answer(self, weakness: KnownWeakness, *, leave_out_field: bool) -> Weakness:
        with self._visit() as page:
            page.picture()
            page.type_answer("")
            page.fields.evaluate_all(SKIP_VALIDATION)
            names = page.fields.evaluate_all(NAMES)
            if leave_out_field:
                page.fields.evaluate_all(LEAVE_OUT)
            request, verdict = self._submit(page, "")
        sent = (request.body or b"").decode(errors="replace") + request.url
        if leave_out_field and any(f"{name}=" in sent or f'"{name}"' in sent for name in names):
            raise ProbeFailed("a script of the page sends the field even if the form lacks it")
        form = "form without the field" if leave_out_field else "form with an empty answer"
        return _judge(verdict, weakness, f"a {form}")

    def _reused_answer(self, weakness: KnownWeakness) -> Weakness:
        accepted = self._solve()
        verdict = self._replay(accepted.request, accepted.text, accepted.request.cookies)
        return _judge(verdict, weakness, "an accepted answer sent again, with the same cookies")

    def _foreign_answer(self, weakness: KnownWeakness) -> Weakness:
        with self._visit() as page:
            reading = self._read_confidently(page)
            page.type_answer(reading.text)
            request = record(page.page, page.submit, block=True)
        with self._visit() as other:
            other.picture()
            cookies = other.page.context.cookies()
        verdict = self._replay(request, reading.text, cookies)
        return _judge(verdict, weakness, "an answer sent with the cookies of another session")

    def _kept_picture(self, weakness: KnownWeakness) -> Weakness:
        with self._visit() as page:
            first, verdict = self._answer_wrongly(page)
            if verdict is Verdict.ACCEPTED:
                raise ProbeFailed("the site accepted an answer with only wrong characters")
            try:
                second = page.picture()
            except TargetError:
                # The response has no captcha, so the next one is on the page itself.
                page.open()
                second = page.picture()
        if first == second:
            return weakness.found("after a wrong answer, the site showed exactly the same picture")
        return weakness.not_found("after a wrong answer, the site showed another picture")

    def _no_limit(self, weakness: KnownWeakness) -> Weakness:
        with self._visit() as page:
            for number in range(WRONG_ANSWERS):
                try:
                    if number:
                        page.refresh()
                    self._answer_wrongly(page)
                except TargetRefused as error:
                    return weakness.not_found(
                        f"the limit was reached after {number} wrong answers in a row: {error}"
                    )
                except (NoVerdict, TargetError) as error:
                    raise ProbeFailed(
                        f"the page stopped working after {number} wrong answers in a row: {error}"
                    ) from None
        return weakness.found(
            f"the site checked {WRONG_ANSWERS} wrong answers in a row from one session"
        )

    def _solve(self) -> Accepted:
        """Answer captchas until one answer is accepted. Raises ProbeFailed if none is."""
        for _ in range(TRIES):
            with self._visit() as page:
                reading = self._read_confidently(page)
                addresses = page.picture_element.first.evaluate(ADDRESSES)
                disclosed = disclosure(page.page, str(addresses))
                page.type_answer(reading.text)
                request, verdict = self._submit(page, reading.text)
                if verdict is Verdict.ACCEPTED:
                    return Accepted(reading.text, disclosed, request)
        raise ProbeFailed(f"the site accepted none of {TRIES} answers")

    def _read_confidently(self, page: SyncCaptchaPage) -> Reading:
        """A reading with at least `model.min_confidence`, of this captcha or a fresh one."""
        for attempt in range(TRIES):
            if attempt:
                page.refresh()
            reading = self.reader.read(self.reader.decode(page.picture(), "the captcha"))
            if reading.confidence >= self.settings.model.min_confidence:
                return reading
        raise ProbeFailed(f"none of {TRIES} captchas was read with enough confidence")

    def _answer_wrongly(self, page: SyncCaptchaPage) -> tuple[bytes, Verdict]:
        """The picture, and the verdict on an answer with all characters wrong."""
        picture = page.picture()
        reading = self.reader.read(self.reader.decode(picture, "the captcha"))
        wrong = self.reader.unlike(reading.text)
        page.type_answer(wrong)
        return picture, self._submit(page, wrong)[1]

    def _submit(self, page: SyncCaptchaPage, text: str) -> tuple[AnswerRequest, Verdict]:
        with self._journaled(page.url, text) as write:
            request = record(page.page, page.submit)
            return request, write(page.verdict())

    def _replay(self, request: AnswerRequest, text: str, cookies: list[Any]) -> Verdict:
        page = self.own.new_page()
        page.context.add_cookies(cookies)
        with self._journaled(request.url, text) as write:
            return write(replay(request, page, self.settings))

    @contextmanager
    def _visit(self) -> Iterator[SyncCaptchaPage]:
        """The captcha page, open in a new session."""
        settings = self.settings
        fresh = self.own.new_page()
        with SyncCaptchaPage(fresh, settings.target, settings.browser.timeout) as page:
            page.open()
            yield page

    @contextmanager
    def _journaled(self, url: str, text: str) -> Iterator[Callable[[Verdict], Verdict]]:
        """Keep the pace, and write an answer to the journal before it is sent.

        Yields a function that also writes the verdict, and returns it.
        """
        time.sleep(self.pace.reserve_at(self.settings.target.url, self.settings.pace))
        with self.journal.run(url) as run:
            entry = run.attempt(url)
            entry.read(b"", text, 0.0, ())
            entry.submitting()

            def write(verdict: Verdict) -> Verdict:
                entry.ended(verdict, None, url)
                return verdict

            yield write


def _judge(verdict: Verdict, weakness: KnownWeakness, probe: str) -> Weakness:
    """The result of a probe with an answer that the site should reject."""
    if verdict is Verdict.ACCEPTED:
        return weakness.found(f"the site accepted {probe}")
    return weakness.not_found(f"the site rejected {probe}")


def _is_transient(error: BaseException) -> bool:
    """Also true for Playwright's own errors, because their cause is unknown."""
    transient = isinstance(error, AgentError) and error.retry_level is not None
    return transient or isinstance(error, PlaywrightError)
