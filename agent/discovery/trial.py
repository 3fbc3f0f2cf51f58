"""Submits a wrong answer and a right one, and records what the page shows after each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from capslice.agent.discovery.form import Finding, Form
from capslice.agent.discovery.search import wait_until_idle
from capslice.agent.discovery.snapshots import (
    Message,
    Snapshot,
    moments,
    snapshot_of,
    texts,
    without_digits,
)
from capslice.agent.discovery.watch import Watch
from capslice.agent.discovery.words import CLEAR, score, split_words
from capslice.agent.page.elements import NOTHING, is_visible_anywhere
from capslice.agent.page.error_translation import translated_synchronously
from capslice.agent.page.moments import ADDRESS, COOKIE, DOWNLOAD, is_moment, is_named
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.reading.reader import Reader, Reading
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import AUTO, Settings
from capslice.errors import PageChanged, PictureReplaced, TargetError

MOST_RIGHT = 4  # the most captchas to read until an answer is accepted
LIKELY = 0.5  # the lowest confidence to submit: the answer is more likely right than wrong


class Trial:
    """Submits answers on the pages that `new_page` opens.

    form:     the form as known so far.
    tab:      the page that shows the verdict on the last answer.
    tabs:     the pages that show the verdict on a wrong and on an accepted answer, so far.
    unjudged: the selectors of messages that were visible before a verdict.
    wrong:    what the page showed after a wrong answer.
    right:    what the page showed after an accepted answer.
    unclear:  what the page showed after an answer of which nobody can say if it was accepted.
    rejected: what the page showed after each answer of the model that it rejected.
    surely:   the same, and `unclear`, of those that the model was sure of.
    sent:     the confidence of each answer of the model that was submitted.
    surest:   the highest confidence of the readings, 0 without an answer; None: none was made.
    """

    def __init__(
        self, new_page: Callable[[], Page], form: Form, settings: Settings, reader: Reader
    ) -> None:
        self.form = form
        self.tab: Page
        self.tabs: dict[Literal["wrong", "right"], Page] = {}
        self.unjudged: set[str] = set()
        self.wrong: Snapshot | None = None
        self.right: Snapshot | None = None
        self.unclear: Snapshot | None = None
        self.rejected: list[Snapshot] = []
        self.surely: list[Snapshot] = []
        self.sent: list[float] = []
        self.surest: float | None = None
        self._known_texts: set[str] = set()
        self._untouched: Page | None = None
        self._new_page = new_page
        self._settings = settings
        self._reader = reader
        self._pace = Pace(settings.pace.path)

    def submit_wrong_answer(self) -> None:
        """Submit a wrong answer, on a page whose refresh control is tried before."""
        self._open()
        self._try_refresh()
        try:
            self.wrong = self._answer_wrongly()
        except (PageChanged, PictureReplaced) as error:
            self.wrong = self._leave_it_to_the_form(error)
        self.tabs["wrong"] = self.tab
        self._known_texts |= texts(self.wrong)

    def submit_right_answers(self) -> None:
        """Submit what the model reads until an answer is accepted, at most MOST_RIGHT times.

        An answer that is less sure than the settings ask for is submitted as well, from LIKELY on:
        without an accepted answer, nobody knows what the page shows after one.
        """
        min_confidence = self._settings.model.min_confidence
        for _ in range(MOST_RIGHT):
            self._open()
            reading = self._read()
            sure = 0.0 if reading.answer is None else reading.confidence
            self.surest = max(self.surest or 0.0, sure)
            answer = reading.sure_answer(min(min_confidence, LIKELY))
            if answer is None:
                continue
            snapshot, tab = self._submit(answer, reading.confidence), self.tab
            says = self._says(snapshot)
            if says == "unknown":
                says = "accepted" if self._wrong_answers_are_rejected() else "unclear"
            if says == "accepted":
                self.right, self.tabs["right"], self.unclear = snapshot, tab, None
                return
            if reading.confidence >= min_confidence:
                self.surely.append(snapshot)
            if says == "unclear":
                self.unclear = snapshot
                return
            self.rejected.append(snapshot)

    def pages_without(self, name: str) -> list[Page]:
        """Return pages that must not show a message: a fresh one, and that of the other verdict."""
        if self._untouched is None:
            tab = self.tab
            self._open()
            self._untouched, self.tab = self._page, tab
        other = self.tabs.get("wrong" if name == "success" else "right")
        return [self._untouched, other] if other else [self._untouched]

    def tells(self, name: str, selector: str) -> bool:
        """Whether a selector is visible after the verdict `name`, and on no other page."""
        own, other = (self.right, self.wrong) if name == "success" else (self.wrong, self.right)
        pages, frame = self.pages_without(name), self.form.selector("frame")
        if is_moment(selector):
            moments = {f"{ADDRESS}{page.url}" for page in pages} | (
                other.selectors if other else set()
            )
            return not any(is_named(moment, selector) for moment in moments)
        tab = self.tabs["right" if name == "success" else "wrong"]
        # What has passed by now cannot be tried.
        has_passed = own and selector in own.selectors - self._shown_now(tab)
        is_shown = has_passed or is_visible_anywhere([tab], frame, selector)
        return is_shown and not is_visible_anywhere(pages, frame, selector)

    def _shown_now(self, tab: Page) -> set[str]:
        with suppress(PlaywrightError):  # the page is navigating
            return snapshot_of(tab, self.form).selectors
        return set()

    def _open(self) -> None:
        timeout = self._settings.browser.timeout
        self._page = self.tab = self._new_page()
        self._watch = Watch(self._page, self.form, timeout)
        # The trial itself looks for messages, so the captcha page needs none.
        nothing = Finding(NOTHING, "")
        target = self.form.with_findings(success=nothing, failure=nothing).target
        self._captcha_page = SyncCaptchaPage(self._page, target, timeout)
        self._captcha_page.coroutines.events.reads_cookies = True
        self._captcha_page.attach()
        self._captcha_page.open()
        wait_until_idle(self._page, timeout)

    def _try_refresh(self) -> None:
        """Drop the refresh control if it brings no new captcha."""
        self._captcha_page.picture()
        refresh = self.form.selector("refresh")
        if not refresh:
            return
        try:
            self._captcha_page.refresh()
            self._captcha_page.picture()
        except TargetError:
            why = f"{refresh} brought no new captcha: the agent reloads the page"
            self.form = self.form.with_findings(refresh=Finding("", why))
            self._open()

    def _leave_it_to_the_form(self, error: TargetError) -> Snapshot:
        """Submit a wrong answer by its last character; raise `error` if that sends nothing."""
        before, why = self.form, "the form sends itself at the last character"
        self.form = before.with_findings(submit=Finding(AUTO, why))
        # What the page showed so far may have been its verdict.
        self.unjudged, self._known_texts = set(), set()
        with suppress(TargetError):
            self._open()
            wrong = self._answer_wrongly()
            if wrong.status is not None:
                self.form = self.form.with_note(f"{why}: submit is {AUTO!r}")
                return wrong
        self.form = before
        raise error

    def _answer_wrongly(self) -> Snapshot:
        """Submit an answer that is certainly wrong."""
        answer = self._reader.wrong_answer(self._read())
        return self._submit(answer[: self.form.capacity] if self.form.capacity else answer)

    def _read(self) -> Reading:
        picture = self._captcha_page.picture()
        return self._reader.read_content(picture, "the captcha's picture")

    def _submit(self, text: str, confidence: float | None = None) -> Snapshot:
        """Submit an answer, and return what the page shows when it has settled.

        `confidence` is that of the model; None if the answer is not the model's.
        """
        with translated_synchronously(self._page, self._settings.browser.timeout):
            untouched = snapshot_of(self._page, self.form)
            self._captcha_page.type_answer(text)
            before = snapshot_of(self._page, self.form)
        early = moments(self._captcha_page.coroutines.events.moments.seen, self._page.url)
        self.unjudged |= untouched.selectors | before.selectors
        self.unjudged |= {selector for moment in early for selector in moment.selectors}
        self._known_texts |= texts(untouched) | texts(before)
        shown_at = self._captcha_page.coroutines.shown_at
        for seconds in self._pace.waits(self._page.url, self._settings.pace, shown_at):
            self._page.wait_for_timeout(1000 * seconds)
        self._watch.submitted()
        self._captcha_page.submit()
        self.sent += [] if confidence is None else [confidence]
        after = self._watch.until_settled(before, self._captcha_page.coroutines.events)
        self.tab = self._watch.tab
        self._captcha_page.check_protection()
        return after

    def _says(self, snapshot: Snapshot) -> Literal["accepted", "rejected", "unclear", "unknown"]:
        """What the words of the page say about an answer that should be right."""
        wrong = self.wrong
        if wrong is None:
            return "unclear"
        new = [
            each
            for each in snapshot.everything
            if each.has_words and without_digits(each.text) not in self._known_texts
        ]
        text = split_words(" ".join(f"{each.attributes} {each.text}" for each in new))
        success, failure = score(text, "success")[0], score(text, "failure")[0]
        if success > 0 and failure >= CLEAR:
            return "unclear"
        if success > failure:
            return "accepted"
        if snapshot.is_waiting:
            return "unclear"
        if failure < CLEAR and self._differs(snapshot, wrong, new):
            return "unknown"
        return "rejected"

    def _differs(self, snapshot: Snapshot, wrong: Snapshot, new: list[Message]) -> bool:
        """Whether a page differs from that after a wrong answer by more than its words.

        It is left, its status is no error, it brings a cookie or a file, or its field looks neither
        as after the wrong answer nor as before any. `new` is what no earlier page showed.
        """
        is_left = wrong.has_form and not snapshot.has_form
        statuses = (snapshot.status, wrong.status)
        has_own_status = None not in statuses and statuses[0] != statuses[1]
        is_given = any(
            selector.startswith((COOKIE, DOWNLOAD)) for each in new for selector in each.selectors
        )
        states = (each.selectors for each in wrong.messages if each.is_state)
        marks = {selector for selectors in states for selector in selectors} - self.unjudged
        is_marked = any(each.is_state for each in new) and marks.isdisjoint(snapshot.selectors)
        return (
            is_left
            or is_given
            or (has_own_status and (snapshot.status or 0) < 400)
            or (is_marked and bool(marks))
        )

    def _wrong_answers_are_rejected(self) -> bool:
        """Whether another wrong answer still brings what the first one brought.

        If not, the page that nobody can read may have been one that locks visitors out.
        """
        self._open()
        again, wrong = self._answer_wrongly(), self.wrong
        return wrong is not None and (
            (again.status, again.has_form) == (wrong.status, wrong.has_form)
            and texts(again) == texts(wrong)
        )
