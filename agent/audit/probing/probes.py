"""Tries each classic mistake on the page itself, in sessions of its own, at the pace of all others.

Nothing is claimed that was not seen: a probe that could not be made says why. The site may say no
at any time; then nothing more is asked of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

from capslice.agent.audit.probing import weaknesses
from capslice.agent.audit.probing.exchange import Exchange, record, replay
from capslice.agent.audit.probing.leaks import ADDRESSES, Told, how_it_is_told, what_is_told
from capslice.agent.audit.probing.weaknesses import Mistake
from capslice.agent.audit.report.report import Weakness
from capslice.agent.browser.own_page import OwnPage
from capslice.agent.browser.sync_async import first_line
from capslice.agent.journal.writing import Journal
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.page.verdict import Verdict
from capslice.agent.reading.reader import Reader, Reading
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.errors import AgentError, NoVerdict, TargetError, TargetRefused

SAMPLES = 3  # captchas whose answer is looked for in the page
TRIES = 6  # captchas to find one that is read surely, and accepted
WRONG_ANSWERS = 25  # in a row, to see whether a limit sets in

# A form that the browser itself does not check, and that lacks the field where that is asked for.
UNCHECKED = "fields => fields.forEach(field => field.form && (field.form.noValidate = true))"
LEFT_OUT = "fields => fields.forEach(field => { field.disabled = true; })"
NAMES = "fields => fields.map(field => field.name).filter(Boolean)"


class CouldNot(Exception):
    """A probe could not be made; the message says why."""


@dataclass(frozen=True)
class Accepted:
    """An answer that the site took for right: what it was told before, and how it was sent."""

    text: str
    told: Told
    exchange: Exchange


class Probes:
    """Makes the probes on pages of `own`, and writes each answer into `journal` before it is sent.

    For use in the thread that `own` is in.
    """

    def __init__(
        self, own: OwnPage, reader: Reader, settings: Settings, pace: Pace, journal: Journal
    ) -> None:
        self.own = own
        self.reader = reader
        self.settings = settings
        self.pace = pace
        self.journal = journal
        self._accepted: list[Accepted] = []

    def run(self, known: dict[str, Weakness]) -> Iterator[Weakness]:
        """What became of each mistake of PROBED, as it is known; those of `known` are not tried.

        One that was stopped by what may pass is made once more. The one that makes the site say no
        comes last.
        """
        twice = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(2),
            wait=wait_fixed(self.settings.retries.first_wait),
            reraise=True,
        )
        probes: dict[Mistake, Callable[[Mistake], Weakness]] = {
            weaknesses.ANSWER_IN_PAGE: partial(self._leak, "page"),
            weaknesses.ANSWER_IN_COOKIE: partial(self._leak, "cookies"),
            weaknesses.ANSWER_IN_ADDRESS: partial(self._leak, "address"),
            weaknesses.MISSING_FIELD: partial(self._nothing, left_out=True),
            weaknesses.EMPTY_ANSWER: partial(self._nothing, left_out=False),
            weaknesses.REUSED_ANSWER: self._again,
            weaknesses.FOREIGN_ANSWER: self._of_another,
            weaknesses.KEPT_PICTURE: self._kept,
            weaknesses.NO_LIMIT: self._without_end,
        }
        refused: TargetRefused | None = None
        for mistake, probe in probes.items():
            if mistake.key in known:
                continue
            if refused:
                yield mistake.not_tested(f"the site had said no before: {refused}")
                continue
            try:
                yield twice(probe, mistake)
            except TargetRefused as error:
                refused = error
                yield mistake.not_tested(str(error))
            except (CouldNot, AgentError) as error:
                yield mistake.not_tested(str(error))
            except PlaywrightError as error:
                yield mistake.not_tested(first_line(error))

    def _leak(self, where: str, mistake: Mistake) -> Weakness:
        while len(self._accepted) < SAMPLES:
            self._accepted.append(self._solve())
        told = [(each.text, str(getattr(each.told, where))) for each in self._accepted]
        way = how_it_is_told(told)
        of = f"of {len(told)} captchas whose answers were accepted"
        if way:
            return mistake.found(f"{of}, each had its answer there, {way}")
        return mistake.not_found(
            f"{of}, none had its answer there, as it is, backwards, encoded or hashed"
        )

    def _nothing(self, mistake: Mistake, *, left_out: bool) -> Weakness:
        what = "without the field" if left_out else "with an empty answer"
        with self._visit() as page:
            page.picture()
            page.answer("")
            page.fields.evaluate_all(UNCHECKED)
            names = page.fields.evaluate_all(NAMES)
            if left_out:
                page.fields.evaluate_all(LEFT_OUT)
            exchange, verdict = self._submit(page, "")
            sent = (exchange.body or b"").decode(errors="replace") + exchange.url
            if left_out and any(f"{name}=" in sent or f'"{name}"' in sent for name in names):
                raise CouldNot("the page's own script sends the field whatever the form has")
        return _by(verdict, mistake, f"a form {what} was sent once")

    def _again(self, mistake: Mistake) -> Weakness:
        accepted = self._solve()
        verdict = self._replay(accepted.exchange, accepted.text, accepted.exchange.cookies)
        did = "an accepted answer was sent a second time, with all that came with it the first time"
        return _by(verdict, mistake, did)

    def _of_another(self, mistake: Mistake) -> Weakness:
        with self._visit() as page:
            reading = self._sure(page)
            page.answer(reading.text)
            meant = record(page.page, page.submit, stopped=True)
        with self._visit() as other:
            other.picture()
            cookies = other.page.context.cookies()
        verdict = self._replay(meant, reading.text, cookies)
        did = "an answer was sent from the session of another visitor, with the other's cookies"
        return _by(verdict, mistake, did)

    def _kept(self, mistake: Mistake) -> Weakness:
        with self._visit() as page:
            first, verdict = self._answer_wrongly(page)
            if verdict is Verdict.ACCEPTED:
                raise CouldNot("an answer that was meant to be wrong was accepted")
            try:
                second = page.picture()
            except TargetError:
                # It is on the page that one goes back to.
                page.open()
                second = page.picture()
        if first == second:
            return mistake.found("after one wrong answer, the same picture was there, to the pixel")
        return mistake.not_found("after one wrong answer, another picture was there")

    def _without_end(self, mistake: Mistake) -> Weakness:
        with self._visit() as page:
            for number in range(WRONG_ANSWERS):
                try:
                    if number:
                        page.refresh()
                    self._answer_wrongly(page)
                except TargetRefused as error:
                    return mistake.not_found(
                        f"a limit set in after {number} wrong answers in a row: {error}"
                    )
                except (NoVerdict, TargetError) as error:
                    raise CouldNot(
                        f"after {number} wrong answers in a row the page did not go on: {error}"
                    ) from None
        return mistake.found(
            f"{WRONG_ANSWERS} wrong answers in a row, from one session, were all looked at"
        )

    def _solve(self) -> Accepted:
        """Raises CouldNot where no answer is accepted."""
        for _ in range(TRIES):
            with self._visit() as page:
                reading = self._sure(page)
                addresses = page.picture_element.first.evaluate(ADDRESSES)
                told = what_is_told(page.page, str(addresses))
                page.answer(reading.text)
                exchange, verdict = self._submit(page, reading.text)
                if verdict is Verdict.ACCEPTED:
                    return Accepted(reading.text, told, exchange)
        raise CouldNot(f"none of {TRIES} answers was accepted")

    def _sure(self, page: SyncCaptchaPage) -> Reading:
        """A reading of the captcha, or of a fresh one, that is sure enough to be given."""
        for attempt in range(TRIES):
            if attempt:
                page.refresh()
            reading = self.reader.read(self.reader.decode(page.picture(), "the captcha"))
            if reading.confidence >= self.settings.model.min_confidence:
                return reading
        raise CouldNot(f"none of {TRIES} captchas was read surely enough")

    def _answer_wrongly(self, page: SyncCaptchaPage) -> tuple[bytes, Verdict]:
        """The picture, and the verdict on an answer of which every character is another."""
        picture = page.picture()
        reading = self.reader.read(self.reader.decode(picture, "the captcha"))
        wrong = self.reader.unlike(reading.text)
        page.answer(wrong)
        return picture, self._submit(page, wrong)[1]

    def _submit(self, page: SyncCaptchaPage, text: str) -> tuple[Exchange, Verdict]:
        with self._on_record(page.url, text) as told:
            exchange = record(page.page, page.submit)
            return exchange, told(page.verdict())

    def _replay(self, exchange: Exchange, text: str, cookies: list[Any]) -> Verdict:
        page = self.own.fresh()
        page.context.add_cookies(cookies)
        with self._on_record(exchange.url, text) as told:
            return told(replay(exchange, page, self.settings))

    @contextmanager
    def _visit(self) -> Iterator[SyncCaptchaPage]:
        """The page, open, in a session of its own."""
        settings = self.settings
        fresh = self.own.fresh()
        with SyncCaptchaPage(fresh, settings.target, settings.browser.timeout) as page:
            page.open()
            yield page

    @contextmanager
    def _on_record(self, url: str, text: str) -> Iterator[Callable[[Verdict], Verdict]]:
        """Wait for this answer's turn, and have it on the disk before it is sent."""
        time.sleep(self.pace.reserve_at(self.settings.target.url, self.settings.pace))
        with self.journal.run(url) as run:
            entry = run.attempt(url)
            entry.read(b"", text, 0.0, ())
            entry.submitting()

            def told(verdict: Verdict) -> Verdict:
                entry.ended(verdict, None, url)
                return verdict

            yield told


def _by(verdict: Verdict, mistake: Mistake, did: str) -> Weakness:
    """What a verdict says of an answer that ought to be rejected."""
    if verdict is Verdict.ACCEPTED:
        return mistake.found(f"{did}, and accepted")
    return mistake.not_found(f"{did}, and rejected")


def _may_pass(error: BaseException) -> bool:
    """Playwright's own errors, of which nothing more is known, may do so as well."""
    transient = isinstance(error, AgentError) and error.retry_level is not None
    return transient or isinstance(error, PlaywrightError)
