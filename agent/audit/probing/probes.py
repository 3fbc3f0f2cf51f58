"""Tests a page for each weakness in PROBED, in sessions of their own, at the configured pace.

A result rests on what the site did: a probe that cannot be made says why. After the site refuses
with 403 or 429, no further request is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

from capslice.agent.audit import weaknesses
from capslice.agent.audit.probing.leaks import leaked_checksum, leaked_encoding
from capslice.agent.audit.probing.outlines import tell_characters
from capslice.agent.audit.probing.replay import record
from capslice.agent.audit.probing.visitor import Accepted, ProbeFailed, Visitor
from capslice.agent.audit.report.report import Weakness
from capslice.agent.audit.weaknesses import KnownWeakness
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.browser.sync_async import first_line
from capslice.agent.journal.writing import Journal
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.page.verdict import Verdict
from capslice.agent.reading.reader import Reader
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.errors import (
    AgentError,
    ElementNotFound,
    NoVerdict,
    PageChanged,
    PictureNotShown,
    PictureReplaced,
    TargetError,
    TargetRefused,
)

TRIES = 3  # of a probe that meets transient errors

LEAK_SAMPLES = 3  # captchas whose answers are searched for in the page
LEAST_LEAK = 3  # characters of such an answer; shorter ones, such as a sum's, prove nothing

REDRAWN = 3  # pictures to compare, each after a refresh
WRONG_ANSWERS = 25  # wrong answers in a row, to find a limit
NOT_REJECTED = "the site accepted an answer with only wrong characters"


class Probes:
    """Makes the probes on pages of `own`, and writes each answer to `journal` before it is sent.

    Use it in the thread of `own`.
    """

    def __init__(
        self, own: OwnBrowser, reader: Reader, settings: Settings, pace: Pace, journal: Journal
    ) -> None:
        self.settings = settings
        self.visitor = Visitor(own, reader, settings, pace, journal)
        self._accepted: list[Accepted] = []

    def run(self, skip: Container[str]) -> Iterator[Weakness]:
        """Yield the result for each weakness in PROBED, except for the keys in `skip`.

        A probe that meets a transient error is made again, TRIES times in all. The probe that
        provokes a refusal of the site is the last one.
        """
        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(TRIES),
            wait=wait_fixed(self.settings.retries.first_wait),
            reraise=True,
        )
        probes: dict[KnownWeakness, Callable[[KnownWeakness], Weakness]] = {
            weaknesses.ANSWER_IN_PAGE: partial(self._leak, "page"),
            weaknesses.ANSWER_IN_COOKIE: partial(self._leak, "cookies"),
            weaknesses.ANSWER_IN_ADDRESS: partial(self._leak, "address"),
            weaknesses.CHECKSUM_IN_PAGE: self._checksum,
            weaknesses.SAME_OUTLINES: self._outlines,
            weaknesses.ANSWER_SENT_AWAY: self._sent_away,
            weaknesses.REDRAWN_ANSWER: self._redrawn,
            weaknesses.MISSING_FIELD: partial(self._no_answer, leave_out_field=True),
            weaknesses.EMPTY_ANSWER: partial(self._no_answer, leave_out_field=False),
            weaknesses.WRONG_ANSWER: self._wrong_answer,
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
        if min(len(each.answer) for each in self._samples()) < LEAST_LEAK:
            raise ProbeFailed("an answer of one or two characters is on many pages by chance")
        disclosed = [(each.answer, str(getattr(each.disclosed, where))) for each in self._accepted]
        encoding = leaked_encoding(disclosed)
        if encoding:
            return weakness.found(f"all {len(disclosed)} accepted answers were there {encoding}")
        return weakness.not_found(
            f"{len(disclosed)} accepted answers were searched for in plain text, backwards, "
            "encoded and hashed"
        )

    def _checksum(self, weakness: KnownWeakness) -> Weakness:
        samples = self._samples()
        disclosed = [
            (each.answer, " ".join((each.disclosed.page, each.disclosed.cookies)))
            for each in samples
        ]
        name = leaked_checksum(disclosed)
        if name:
            return weakness.found(f"each of {len(samples)} pages had the {name} of its own answer")
        return weakness.not_found(
            f"the pages of {len(samples)} accepted answers were searched for sums and hashes"
        )

    def _outlines(self, weakness: KnownWeakness) -> Weakness:
        pictures = [(each.answer, each.disclosed.svg) for each in self._samples()]
        if not all(svg for _, svg in pictures):
            return weakness.not_found("the picture is not an SVG")
        told = tell_characters(pictures)
        if told:
            return weakness.found(
                "{} of {} characters had the outline that the same character had before".format(
                    *told
                )
            )
        return weakness.not_found(
            f"in {len(pictures)} SVGs, the outlines do not tell the characters apart"
        )

    def _redrawn(self, weakness: KnownWeakness) -> Weakness:
        with self.visitor.visit() as page:
            pictures, answers = set(), set()
            for number in range(REDRAWN):
                if number:
                    page.refresh()
                picture = page.picture()
                pictures.add(picture)
                answers.add(self.visitor.sure_answer(picture))
        if None in answers:
            raise ProbeFailed("not all captchas were read with enough confidence")
        if len(answers) == 1 and len(pictures) == REDRAWN:
            return weakness.found(f"a refresh drew the same answer again in {REDRAWN} pictures")
        return weakness.not_found(f"{REDRAWN} pictures in a row had {len(answers)} answers")

    def _sent_away(self, weakness: KnownWeakness) -> Weakness:
        sent = [each.sent_away for each in self._samples()]
        if all(sent):
            return weakness.found(
                f"each of {len(sent)} answers would have been sent to {sent[-1]}: the agent "
                "blocked that"
            )
        return weakness.not_found(f"{len(sent)} answers were sent to allowed origins only")

    def _samples(self) -> list[Accepted]:
        """Some captchas whose answers were accepted."""
        while len(self._accepted) < LEAK_SAMPLES:
            self._accepted.append(self.visitor.solve())
        return self._accepted

    def _no_answer(self, weakness: KnownWeakness, *, leave_out_field: bool) -> Weakness:
        with self.visitor.visit() as page:
            verdict = self.visitor.answer_nothing(page, leave_out_field=leave_out_field)
        form = "form without the field" if leave_out_field else "form with an empty answer"
        return _judge(verdict, weakness, f"a {form}")

    def _wrong_answer(self, weakness: KnownWeakness) -> Weakness:
        return _judge(self._answered_wrongly(), weakness, "answers with only wrong characters")

    def _answered_wrongly(self, cookies: Sequence[Any] = ()) -> Verdict:
        """The verdict on a wrong answer in a session that has these cookies besides its own."""
        # If the model misreads a short answer, a wrong one may be right by chance.
        for _ in range(2):
            with self.visitor.visit(cookies=cookies) as page:
                _, verdict = self.visitor.answer_wrongly(page)
            if verdict is not Verdict.ACCEPTED:
                break
        return verdict

    def _reused_answer(self, weakness: KnownWeakness) -> Weakness:
        accepted = self.visitor.solve()
        cookies = accepted.request.cookies
        verdict = self.visitor.replay(accepted.request, accepted.answer, cookies)
        if verdict is Verdict.ACCEPTED:
            self._check_rejects_wrong(cookies)
        return _judge(verdict, weakness, "an accepted answer sent again, with the same cookies")

    def _check_rejects_wrong(self, cookies: Sequence[Any]) -> None:
        """Raise ProbeFailed if a session with an accepted answer need not answer any more."""
        try:
            if self._answered_wrongly(cookies) is not Verdict.ACCEPTED:
                return
            then = "accepted a wrong one with the same cookies as well"
        except (ElementNotFound, PictureNotShown):
            then = "showed it no captcha any more"
        raise ProbeFailed(
            f"the session stays verified after one right answer: the site then {then}, so that a "
            "repeated answer could not be tested"
        )

    def _foreign_answer(self, weakness: KnownWeakness) -> Weakness:
        with self.visitor.visit() as page:
            answer = self.visitor.confident_answer(page)
            page.type_answer(answer)
            request = record(page, block=True)
        with self.visitor.visit() as other:
            if self.visitor.confident_answer(other) == answer:
                raise ProbeFailed("the captchas of both sessions have the same answer")
            cookies = other.page.context.cookies()
        verdict = self.visitor.replay(request, answer, cookies)
        return _judge(verdict, weakness, "an answer sent with the cookies of another session")

    def _kept_picture(self, weakness: KnownWeakness) -> Weakness:
        with self.visitor.visit() as page:
            first, verdict = self.visitor.answer_wrongly(page)
            if verdict is Verdict.ACCEPTED:
                raise ProbeFailed(NOT_REJECTED)
            try:
                second = page.picture()
            except TargetError:
                # The response has no captcha, so the next one is on the page itself.
                page.open()
                second = page.picture()
            again = self._second_verdict(page, second) if first == second else None
        if again is None:
            return weakness.not_found("after a wrong answer, the site showed another picture")
        same = "after a wrong answer, the site showed exactly the same picture, and"
        if again is Verdict.ACCEPTED:
            return weakness.found(f"{same} accepted a right answer to it")
        return weakness.not_found(f"{same} rejected a sure answer to it")

    def _second_verdict(self, page: SyncCaptchaPage, picture: bytes) -> Verdict | None:
        """The verdict on a sure answer to a picture that stayed; None if the page replaces it.

        Many pages leave the picture until they load again, and take no more answers to it.
        """
        answer = self.visitor.sure_answer(picture)
        if answer is None:
            raise ProbeFailed("the picture that stayed was not read with enough confidence")
        try:
            page.type_answer(answer)
            return self.visitor.submit(page, answer)[1]
        except (PageChanged, PictureReplaced):
            return None

    def _no_limit(self, weakness: KnownWeakness) -> Weakness:
        with self.visitor.visit() as page:
            for number in range(WRONG_ANSWERS):
                try:
                    if number:
                        page.refresh()
                    _, verdict = self.visitor.answer_wrongly(page)
                except TargetRefused as error:
                    return weakness.not_found(
                        f"the limit was reached after {number} wrong answers in a row: {error}"
                    )
                except (NoVerdict, TargetError) as error:
                    if not number:
                        raise
                    raise ProbeFailed(
                        f"the page stopped working after {number} wrong answers in a row: {error}"
                    ) from None
                if verdict is Verdict.ACCEPTED:
                    raise ProbeFailed(NOT_REJECTED)
        return weakness.found(
            f"the site checked {WRONG_ANSWERS} wrong answers in a row from one session"
        )


def _judge(verdict: Verdict, weakness: KnownWeakness, probe: str) -> Weakness:
    """The result of a probe with an answer that the site should reject."""
    if verdict is Verdict.ACCEPTED:
        return weakness.found(f"the site accepted {probe}")
    return weakness.not_found(f"the site rejected {probe}")


def _is_transient(error: BaseException) -> bool:
    """Also true for Playwright's own errors, because their cause is unknown."""
    transient = isinstance(error, AgentError) and error.retry_level is not None
    return transient or isinstance(error, PlaywrightError)
