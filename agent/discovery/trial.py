"""Submits a wrong answer and a right one, and records what the page shows after each."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from capslice.agent.discovery.form import Finding, Form
from capslice.agent.discovery.search import wait_until_idle
from capslice.agent.discovery.snapshots import (
    Snapshot,
    moments,
    snapshot_of,
    texts,
    without_digits,
)
from capslice.agent.discovery.visibility import is_visible_anywhere
from capslice.agent.discovery.words import score, split_words
from capslice.agent.page.elements import NOTHING
from capslice.agent.page.error_translation import translated_synchronously
from capslice.agent.page.moments import ADDRESS, is_moment, is_named
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.reading.reader import Reader, Reading
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.errors import TargetError

MOST_RIGHT = 4  # the most captchas to read until an answer is accepted
INTERVAL = 0.2  # seconds between two snapshots of the page
SETTLED = 3  # equal snapshots in a row after which the page has shown its verdict
SILENT = 10  # the same, if it shows nothing new
CLEAR = 2  # points of words about a failure that are no accident


class Trial:
    """Submits answers on the pages that `new_page` opens.

    form:     the form as known so far.
    tab:      the page that shows the verdict on the last answer.
    tabs:     the pages that show the verdict on a wrong and on an accepted answer, so far.
    unjudged: the selectors of messages that were visible before a verdict.
    wrong:    what the page showed after a wrong answer.
    right:    what the page showed after an accepted answer.
    unclear:  what the page showed after an answer of which nobody can say if it was accepted.
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
        self.wrong = self._answer_wrongly()
        self.tabs["wrong"] = self.tab
        self._known_texts |= texts(self.wrong)

    def submit_right_answers(self) -> None:
        """Submit what the model reads until an answer is accepted, at most MOST_RIGHT times."""
        for _ in range(MOST_RIGHT):
            self._open()
            reading = self._read()
            answer = reading.sure_answer(self._settings.model.min_confidence)
            if answer is None:
                continue
            snapshot, tab = self._submit(answer), self.tab
            says = self._says(snapshot)
            if says == "unknown":
                says = "accepted" if self._wrong_answers_are_rejected() else "unclear"
            if says == "accepted":
                self.right, self.tabs["right"], self.unclear = snapshot, tab, None
                return
            if says == "unclear":
                self.unclear = snapshot
                return

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

    def _answer_wrongly(self) -> Snapshot:
        """Submit an answer that is certainly wrong."""
        answer = self._reader.wrong_answer(self._read())
        return self._submit(answer[: self.form.capacity] if self.form.capacity else answer)

    def _read(self) -> Reading:
        picture = self._captcha_page.picture()
        return self._reader.read_content(picture, "the captcha's picture")

    def _submit(self, text: str) -> Snapshot:
        """Submit an answer, and return what the page shows when it has settled."""
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
        self._captcha_page.submit()
        after = self._wait_until_settled(before)
        self._captcha_page.check_protection()
        return after

    def _wait_until_settled(self, before: Snapshot) -> Snapshot:
        events = self._captcha_page.coroutines.events
        end = time.monotonic() + self._settings.browser.timeout
        last, equal, seen = before, 0, dict.fromkeys(before.messages)
        while time.monotonic() < end:
            self._page.wait_for_timeout(1000 * INTERVAL)
            self.tab = self._page.context.pages[-1]
            status = next(reversed(events.submission.statuses), None)
            try:
                now = replace(snapshot_of(self.tab, self.form), status=status)
            except PlaywrightError:
                continue  # the page is navigating
            seen |= dict.fromkeys(now.messages)
            equal = equal + 1 if now == last and not events.submission.pending else 0
            has_changed = now.selectors != before.selectors
            has_answered = has_changed or status is not None or events.moments.seen
            last = now
            if equal >= (SETTLED if has_changed else SILENT) and has_answered:
                break
        gone = (each for each in seen if each not in (*before.messages, *last.messages))
        return replace(last, passing=(*gone, *moments(events.moments.seen, self._page.url)))

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
        statuses = (snapshot.status, wrong.status)
        has_own_status = None not in statuses and statuses[0] != statuses[1]
        is_left = wrong.has_form and not snapshot.has_form
        if failure < CLEAR and (is_left or (has_own_status and (snapshot.status or 0) < 400)):
            return "unknown"
        return "rejected"

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
