"""Notes what happens to a page while the agent waits for one of its elements.

A refusal, a server error, a crash, a dialog or a new tab is not an element that one could wait
for. PageEvents notes them as they happen, and notifies the waiter by an attribute on the root
element of the document.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from playwright.sync_api import Dialog, Frame, Locator, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.sync_async import handler, result
from capslice.agent.browser.unreachable import unreachable
from capslice.agent.page.blocked import Blocked
from capslice.agent.page.moments import ADDRESS, ALERT, COOKIE, DOWNLOAD, Moments, is_named
from capslice.agent.page.submission import READING, Submission, frame_of
from capslice.agent.rules.guard import Guard, protected_message, protection_service
from capslice.agent.rules.pace import retry_after
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Selectors
from capslice.errors import (
    AgentError,
    BrowserGone,
    OriginNotAllowed,
    ProtectedPage,
    TargetRefused,
    TargetUnreachable,
)

if TYPE_CHECKING:
    from playwright.sync_api import Download

NOTIFIED = "data-capslice-notified"
DOCUMENT_ADDRESS = "() => location.href"  # a page cannot overwrite this
SET_NOTIFIED = function(__package__, "setNotified")
UNSET_NOTIFIED = function(__package__, "unsetNotified")

REFUSED_TYPES = ("document", "xhr", "fetch", "image")  # of requests whose refusal counts
FORBIDDEN, TOO_MANY = 403, 429
REFUSALS = {FORBIDDEN: "403 Forbidden", TOO_MANY: "429 Too Many Requests"}
SERVER_ERRORS = 500
NO_DOCUMENT = (204, 205)  # statuses on which a browser keeps its document
NO_FAULTS = ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT", "NS_BINDING_ABORTED")


class PageEvents:
    """Notes what happens to `page` on the origins that `guard` allows, from `start` to `stop`.

    `root` is the element that gets the attribute. `selectors` and `verdict_statuses` say how the
    page tells whether an answer was right.

    error:      the first error that ends the current step, or None.
    submission: the requests of the last submit.
    moments:    what the page has shown for a moment since then.
    refusals:   403 responses that end no step, but may be the reason why a wait came to nothing:
                by the type of the request.
    has_marks:  whether the document may have attributes that the agent set.
    blocked:    what was kept from other origins, without which the agent can go on.
    tabs:       the tabs that the page opened.
    reads_cookies: whether `moments` has the cookies that responses to the submit set.
    """

    def __init__(
        self,
        page: Page,
        guard: Guard,
        root: Locator,
        selectors: Selectors,
        verdict_statuses: Collection[int],
    ) -> None:
        self.page = page
        self.guard = guard
        self.root = root
        self.in_frame = bool(selectors.frame)
        self._signs = (selectors.success, selectors.failure)
        self.reads_cookies = any(sign.startswith(COOKIE) for sign in self._signs)
        self.error: AgentError | None = None
        self.submission = Submission(verdict_statuses)
        self.moments = Moments()
        self.refusals: dict[str, TargetRefused] = {}
        self.has_marks = False
        self.blocked = Blocked()
        self.tabs: list[Page] = []
        self._notified = False
        # The context also reports the requests of a tab that is just opening.
        self._context_handlers = {
            "request": handler(page, self._on_request),
            "response": handler(page, self._on_response),
            "requestfailed": handler(page, self._on_failure),
        }
        self._handlers = {
            "dialog": handler(page, self._on_dialog),
            "download": handler(page, self._on_download),
            "popup": handler(page, self._on_tab),
            "crash": handler(page, self._on_crash),
            "domcontentloaded": handler(page, self._on_loaded),
            "framenavigated": handler(page, self._on_navigated),
        }

    def start(self) -> None:
        """Listen to the page's events."""
        self._others = {page for page in self.page.context.pages if page != self.page}
        frames = self.page.frames
        self._foreign = [frame for frame in frames if not self.guard.may_show(frame.url)]
        for event, react in self._context_handlers.items():
            self.page.context.on(event, react)  # type: ignore[call-overload]
        for event, react in self._handlers.items():
            self.page.on(event, react)  # type: ignore[call-overload]

    async def stop(self) -> None:
        """Stop listening, and close the tabs that the page opened."""
        for event, react in self._context_handlers.items():
            self.page.context.remove_listener(event, react)
        for event, react in self._handlers.items():
            self.page.remove_listener(event, react)
        for tab in self.tabs:
            await result(tab.close())

    def on_blocked(self, url: str, *, is_page: bool) -> None:
        """Note a blocked document: the page's own, or that of a frame or tab."""
        try:
            self.guard.check(url)
        except OriginNotAllowed as error:
            service = protection_service([url])
            if service:
                self.error = self.error or ProtectedPage(protected_message(self.page.url, service))
            elif is_page:
                self.error = self.error or error
            else:
                self.blocked.note_document(url)

    def check_addresses(self) -> None:
        """Raises OriginNotAllowed if the page or a tab shows a foreign document.

        Knows what had happened when the page last answered a call.
        """
        for address in (self.page.url, *(tab.url for tab in self.tabs)):
            self._check(address)

    def _check(self, address: str) -> None:
        if not self.guard.may_show(address):
            self.guard.check(address)

    async def check_documents(self) -> None:
        """Like `check_addresses`, but asks the page, and also its frame with the captcha."""
        # Events that came before this answer are handled by then. A document that is just being
        # replaced does not answer; its page reports the next one.
        with suppress(PlaywrightError):
            address = await result(self.root.evaluate_all(DOCUMENT_ADDRESS))
            self._check(checked(address, str))
        self.check_addresses()

    async def notify(self) -> None:
        """End the wait for a locator that includes the notified root."""
        self._notified = self.has_marks = True
        # Between two documents there is no root. The next document's load notifies again.
        with suppress(PlaywrightError):
            await result(self.root.evaluate(SET_NOTIFIED, timeout=5000))

    async def reset(self) -> None:
        """Prepare for the next wait: forget the last submit, its statuses, the notification."""
        self.submission.end()
        self.moments.seen.clear()
        self.refusals.clear()
        if self._notified:
            self._notified = False
            await result(self.root.evaluate(UNSET_NOTIFIED, timeout=1000))

    async def _fail(self, error: AgentError) -> None:
        self.error = self.error or error
        await self.notify()

    async def _on_request(self, request: Request) -> None:
        if self._is_ours(request):
            self.submission.note(request)

    async def _on_response(self, response: Response) -> None:
        request, status, submission = response.request, response.status, self.submission
        submission.pending.discard(request)
        if not self.guard.allows(response.url) or not self._is_ours(request):
            return
        is_page, is_submitted = self._is_page(request), submission.includes(request)
        if is_page and status not in NO_DOCUMENT:
            self.has_marks = False
            if request.method in READING:  # else it is the address of the form
                self.moments.seen.append(f"{ADDRESS}{response.url}")
        if is_submitted and request not in submission.moved:
            submission.statuses.append(status)
        if is_submitted and status in submission.verdict_statuses and status != TOO_MANY:
            pass  # a verdict, whatever it means elsewhere
        elif status in REFUSALS and request.resource_type in REFUSED_TYPES:
            refusal = _refusal(response)
            if status == TOO_MANY or is_page or is_submitted:
                await self._fail(refusal)
            elif request.resource_type == "image" or submission.is_unusual(request):
                self.refusals.setdefault(request.resource_type, refusal)
        elif status >= SERVER_ERRORS and (is_page or is_submitted):
            reason = f"{status} {response.status_text}".rstrip()
            await self._fail(TargetUnreachable(f"{redacted(response.url)} answers {reason}"))
        if is_submitted and self.reads_cookies:  # that asks the browser once more
            for cookie in await result(response.header_values("set-cookie")):
                await self._note_moment(f"{COOKIE}{cookie.partition(';')[0]}")
        # A document notifies when it is loaded.
        loads = is_page and frame_of(request) in self.page.frames
        if is_submitted and submission.verdicts and not loads:
            await self.notify()

    async def _on_failure(self, request: Request) -> None:
        is_submitted = self.submission.includes(request)
        self.submission.pending.discard(request)
        reason = request.failure or "no reason given"
        if not self._is_ours(request):
            return
        if reason not in NO_FAULTS and (is_submitted or self._is_page(request)):
            await self._fail(unreachable(request.url, reason, self.page.context))
        elif is_submitted and self.submission.verdicts:
            await self.notify()

    def _is_ours(self, request: Request) -> bool:
        """Whether the page or a tab of it made the request, not another page of the caller."""
        frame = frame_of(request)
        return "favicon" not in request.url and (frame is None or frame.page not in self._others)

    def _is_page(self, request: Request) -> bool:
        """Whether the request is for the document of the page, of a tab, or of the captcha."""
        if request.resource_type != "document":
            return False
        frame = frame_of(request)
        return self.in_frame or frame is None or frame.parent_frame is None

    async def _on_dialog(self, dialog: Dialog) -> None:
        # An alert blocks the page, and a question is about the submission: accept both.
        await result(dialog.accept())
        if dialog.type != "beforeunload":
            await self._note_moment(f"{ALERT}{dialog.message}")

    async def _on_download(self, download: Download) -> None:
        await self._note_moment(f"{DOWNLOAD}{download.suggested_filename}")

    async def _note_moment(self, moment: str) -> None:
        self.moments.seen.append(moment)
        if any(is_named(moment, sign) for sign in self._signs):
            await self.notify()

    async def _on_tab(self, tab: Page) -> None:
        self.tabs.append(tab)
        for event in ("dialog", "download", "framenavigated", "popup"):
            tab.on(event, self._handlers[event])
        await self._on_navigated(tab.main_frame)

    async def _on_crash(self, page: Page) -> None:
        self.error = self.error or BrowserGone(f"the page {redacted(page.url)} crashed")

    async def _on_loaded(self, _: Page) -> None:
        if self.error or self._has_verdict():
            await self.notify()

    def _has_verdict(self) -> bool:
        return bool(self.submission.verdicts) or any(map(self.moments.show, self._signs))

    async def _on_navigated(self, frame: Frame) -> None:
        # Only this event reports a document that the browser fetched ahead.
        if frame not in self._foreign and not self.guard.may_show(frame.url):
            try:
                self.guard.check(frame.url)
            except OriginNotAllowed as error:
                await self._fail(error)
        if frame.parent_frame is None or self.in_frame:
            await self._note_moment(f"{ADDRESS}{frame.url}")
        # No other event reports that a frame has a new document.
        if self.in_frame and frame.parent_frame and (self.error or self._has_verdict()):
            await self.notify()


def _refusal(response: Response) -> TargetRefused:
    wait = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
    asks = f" and asks to wait for {wait:.0f} s" if wait is not None else ""
    answer = f"{redacted(response.url)} answers {REFUSALS[response.status]}{asks}"
    return TargetRefused(f"{answer}: the agent stops", wait)
