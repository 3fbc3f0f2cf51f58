"""Submits a wrong answer and a right one, and records what the page shows after each."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
from msgspec import Struct, field
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Request, Response

from capslice.agent.browser.scripts import function
from capslice.agent.discovery.form import Finding, Form, wait_until_idle
from capslice.agent.discovery.visibility import document_of, is_visible_anywhere
from capslice.agent.discovery.words import score, split_words
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.reading.reader import Reader
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.errors import TargetError

NOTHING = ":not(*)"  # a selector that matches nothing
MOST_RIGHT = 4  # the most captchas to read until an answer is accepted
INTERVAL = 0.2  # seconds between two snapshots of the page
SETTLED = 3  # equal snapshots in a row after which the page has shown its verdict
SILENT = 10  # the same, if it shows nothing new


class Message(Struct, frozen=True):
    """A text on the page, as survey.js describes it."""

    selectors: tuple[str, ...]  # that would match it on any page
    attributes: str  # id, classes, role
    text: str
    has_words: bool = field(name="hasWords")  # not only digits and punctuation
    clickable: bool


@dataclass(frozen=True)
class Snapshot:
    """What a page shows at one moment.

    status:   the HTTP status of the last response to a submission; None: there was none.
    has_form: whether the page has the captcha's input.
    """

    messages: tuple[Message, ...]
    status: int | None = None
    has_form: bool = True

    @property
    def selectors(self) -> set[str]:
        """The selectors of all messages."""
        return {selector for message in self.messages for selector in message.selectors}


class Trial:
    """Submits answers on the pages that `new_page` opens.

    form:     the form as known so far.
    tab:      the page that shows the verdict on the last answer.
    tabs:     the pages that show the verdict on a wrong and on an accepted answer, so far.
    unjudged: the selectors of messages that were visible before a verdict.
    wrong:    what the page showed after a wrong answer.
    right:    what the page showed after an accepted answer.
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
        self._known_texts: set[str] = set()
        self._untouched: Page | None = None
        self._new_page = new_page
        self._settings = settings
        self._reader = reader
        self._pace = Pace(settings.pace.path)

    def submit_wrong_answer(self) -> None:
        """Submit an answer that differs from the reading at every character."""
        self._open()
        self._try_refresh()
        text, _ = self._read()
        answer = self._reader.unlike(text)
        self.wrong = self._submit(answer[: self.form.capacity] if self.form.capacity else answer)
        self.tabs["wrong"] = self.tab
        self._known_texts |= _texts(self.wrong)

    def submit_right_answers(self) -> None:
        """Submit what the model reads until an answer is accepted, at most MOST_RIGHT times."""
        for _ in range(MOST_RIGHT):
            self._open()
            text, confidence = self._read()
            if confidence < self._settings.model.min_confidence:
                continue
            snapshot = self._submit(text)
            if self._is_accepted(snapshot):
                self.right = snapshot
                self.tabs["right"] = self.tab
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
        tab = self.tabs["right" if name == "success" else "wrong"]
        frame = self.form.selector("frame")
        return is_visible_anywhere([tab], frame, selector) and not is_visible_anywhere(
            self.pages_without(name), frame, selector
        )

    def _open(self) -> None:
        timeout = self._settings.browser.timeout
        self._page = self.tab = self._new_page()
        # The trial itself looks for messages, so the captcha page needs none.
        nothing = Finding(NOTHING, "")
        target = self.form.with_findings(success=nothing, failure=nothing).target
        self._captcha_page = SyncCaptchaPage(self._page, target, timeout)
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

    def _read(self) -> tuple[str, float]:
        picture = self._captcha_page.picture()
        reading = self._reader.read(self._reader.decode(picture, "the captcha's screenshot"))
        return reading.text, reading.confidence

    def _submit(self, text: str) -> Snapshot:
        """Submit an answer, and return what the page shows when it has settled."""
        untouched = _snapshot(self._page, self.form)
        self.unjudged |= untouched.selectors
        self._captcha_page.type_answer(text)
        before = _snapshot(self._page, self.form)
        self.unjudged |= before.selectors
        self._known_texts |= _texts(untouched) | _texts(before)
        seconds = self._pace.reserve_at(self._page.url, self._settings.pace)
        self._page.wait_for_timeout(1000 * seconds)
        responses = _Responses(self._page, bool(self.form.selector("frame")))
        self._captcha_page.submit()
        after = self._wait_until_settled(before, responses)
        self._captcha_page.check_protection()
        return after

    def _wait_until_settled(self, before: Snapshot, responses: _Responses) -> Snapshot:
        end = time.monotonic() + self._settings.browser.timeout
        last, equal = before, 0
        while time.monotonic() < end:
            self._page.wait_for_timeout(1000 * INTERVAL)
            self.tab = self._page.context.pages[-1]
            try:
                now = replace(_snapshot(self.tab, self.form), status=responses.status)
            except PlaywrightError:
                continue  # the page is navigating
            equal = equal + 1 if now == last and not responses.pending else 0
            has_changed = now.selectors != before.selectors
            has_answered = has_changed or responses.status is not None
            if equal >= (SETTLED if has_changed else SILENT) and has_answered:
                return now
            last = now
        return last

    def _is_accepted(self, snapshot: Snapshot) -> bool:
        wrong = self.wrong
        if wrong is None:
            return False
        new = [
            each
            for each in snapshot.messages
            if each.has_words and _without_digits(each.text) not in self._known_texts
        ]
        text = split_words(" ".join(f"{each.attributes} {each.text}" for each in new))
        points = score(text, "success")[0] - score(text, "failure")[0]
        statuses = (snapshot.status, wrong.status)
        has_own_status = None not in statuses and statuses[0] != statuses[1]
        if has_own_status and (snapshot.status or 0) < 400:
            return True
        return points > 0 or (wrong.has_form and not snapshot.has_form and points == 0)


class _Responses:
    """Listens to the site's responses to submissions.

    pending: the requests without a response so far.
    status:  the HTTP status of the last response.
    """

    def __init__(self, page: Page, in_frame: bool) -> None:
        self.pending: set[Request] = set()
        self.status: int | None = None
        self._in_frame = in_frame
        page.context.on("request", self._on_request)
        page.context.on("response", self._on_response)
        page.context.on("requestfinished", self._on_end)
        page.context.on("requestfailed", self._on_end)

    def _on_request(self, request: Request) -> None:
        if self._is_submission(request):
            self.pending.add(request)

    def _on_end(self, request: Request) -> None:
        self.pending.discard(request)

    def _on_response(self, response: Response) -> None:
        if self._is_submission(response.request):
            self.status = response.status

    def _is_submission(self, request: Request) -> bool:
        if request.resource_type != "document":
            return request.resource_type in ("xhr", "fetch") and request.method == "POST"
        try:
            return self._in_frame or request.frame.parent_frame is None
        except PlaywrightError:
            return True  # the request of a new tab, which has no frame yet


def _texts(snapshot: Snapshot) -> set[str]:
    return {_without_digits(message.text) for message in snapshot.messages}


def _without_digits(text: str) -> str:
    """Return a text in which a counter or a clock makes no difference."""
    return re.sub(r"\d+", "#", text)


def _snapshot(page: Page, form: Form) -> Snapshot:
    document = document_of(page, form.selector("frame"))
    messages = document.locator(":root").evaluate(function(__package__, "messages"))
    return Snapshot(
        msgspec.convert(messages, tuple[Message, ...]),
        has_form=document.locator(form.selector("input")).count() > 0,
    )
