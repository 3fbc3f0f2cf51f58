"""Notes what happens to a page while the agent waits for one of its elements.

A refusal, a server error, a crash, a dialog or a new tab is not an element that one could wait
for. PageEvents notes them as they happen, and notifies the waiter by an attribute on the root
element of the document.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime

from playwright.sync_api import Dialog, Frame, Locator, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.scripts import function
from capslice.agent.browser.sync_async import handler, result
from capslice.agent.rules.guard import Guard, protected_message, protection_service
from capslice.agent.rules.pace import retry_after
from capslice.agent.rules.redaction import redacted
from capslice.errors import (
    AgentError,
    BrowserGone,
    NothingThere,
    OriginNotAllowed,
    ProtectedPage,
    TargetRefused,
    TargetUnreachable,
)

NOTIFIED = "data-capslice-notified"
DOCUMENT_ADDRESS = "() => location.href"  # a page cannot overwrite this
SET_NOTIFIED = function(__package__, "setNotified")
UNSET_NOTIFIED = function(__package__, "unsetNotified")

REFUSALS = {403: "403 Forbidden", 429: "429 Too Many Requests"}
REFUSED_TYPES = ("document", "xhr", "fetch", "image")  # of requests whose refusal counts
POST_TYPES = ("xhr", "fetch")  # of requests that a script may submit an answer with
SERVER_ERRORS = 500
NO_DOCUMENT = (204, 205)  # statuses on which a browser keeps its document
NOTHING_THERE = ("CONNECTION_REFUSED", "NAME_NOT_RESOLVED", "UNKNOWN_HOST", "Could not connect")
NO_FAULTS = ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT", "NS_BINDING_ABORTED")


class PageEvents:
    """Notes what happens to `page` on the origins that `guard` allows, from `start` to `stop`.

    `root` is the element that gets the attribute. `verdict_statuses` are the HTTP statuses that
    say whether an answer was right. `in_frame` says whether the captcha is in an iframe.

    error:          the first error that ends the current step, or None.
    verdict_status: the last status among `verdict_statuses`, or None.
    has_marks:      whether the document may have attributes that the agent set.
    blocked:        addresses of blocked frames and tabs, without which the agent can go on.
    tabs:           the tabs that the page opened.
    """

    def __init__(
        self,
        page: Page,
        guard: Guard,
        root: Locator,
        verdict_statuses: Collection[int],
        in_frame: bool,
    ) -> None:
        self.page = page
        self.guard = guard
        self.root = root
        self.verdict_statuses = verdict_statuses
        self.in_frame = in_frame
        self.error: AgentError | None = None
        self.verdict_status: int | None = None
        self.has_marks = False
        self.blocked: list[str] = []
        self.tabs: list[Page] = []
        self._notified = False
        self._handlers = {
            "response": handler(page, self._on_response),
            "requestfailed": handler(page, self._on_failure),
            "dialog": handler(page, self._on_dialog),
            "popup": handler(page, self._on_tab),
            "crash": handler(page, self._on_crash),
            "domcontentloaded": handler(page, self._on_loaded),
            "framenavigated": handler(page, self._on_navigated),
        }

    def start(self) -> None:
        """Listen to the page's events."""
        for event, react in self._handlers.items():
            self.page.on(event, react)  # type: ignore[call-overload]

    async def stop(self) -> None:
        """Stop listening, and close the tabs that the page opened."""
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
                self.blocked.append(redacted(url))

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
            self._check(await result(self.root.evaluate(DOCUMENT_ADDRESS, timeout=1000)))
        self.check_addresses()

    async def notify(self) -> None:
        """End the wait for a locator that includes the notified root."""
        self._notified = self.has_marks = True
        # Between two documents there is no root. The next document's load notifies again.
        with suppress(PlaywrightError):
            await result(self.root.evaluate(SET_NOTIFIED, timeout=1000))

    async def reset(self) -> None:
        """Prepare for the next wait: forget the last status and notification."""
        self.verdict_status = None
        if self._notified:
            self._notified = False
            await result(self.root.evaluate(UNSET_NOTIFIED, timeout=1000))

    async def _fail(self, error: AgentError) -> None:
        self.error = self.error or error
        await self.notify()

    async def _on_response(self, response: Response) -> None:
        request, status = response.request, response.status
        if not self.guard.allows(response.url):
            return
        url = redacted(response.url)
        is_favicon = "favicon" in url
        if status in REFUSALS and request.resource_type in REFUSED_TYPES and not is_favicon:
            wait = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            asks = f" and asks to wait for {wait:.0f} s" if wait is not None else ""
            await self._fail(
                TargetRefused(f"{url} answers {REFUSALS[status]}{asks}: the agent stops", wait)
            )
        elif self._matters(request):
            if request.resource_type == "document" and status not in NO_DOCUMENT:
                self.has_marks = False
            if status >= SERVER_ERRORS:
                reason = f"{status} {response.status_text}".rstrip()
                await self._fail(TargetUnreachable(f"{url} answers {reason}"))
            elif status in self.verdict_statuses:
                self.verdict_status = status
                if request.resource_type != "document":  # a document notifies when it is loaded
                    await self.notify()

    async def _on_failure(self, request: Request) -> None:
        reason = request.failure or "no reason given"
        if self._matters(request) and reason not in NO_FAULTS:
            url = redacted(request.url)
            await self._fail(unreachable(f"{url} does not answer ({reason}): is it up?"))

    def _matters(self, request: Request) -> bool:
        """Whether the request is for the page itself, or may submit an answer."""
        if request.resource_type != "document":
            return request.resource_type in POST_TYPES and request.method == "POST"
        try:
            return self.in_frame or request.frame.parent_frame is None
        except PlaywrightError:
            return True  # a request of a tab that is just opening

    async def _on_dialog(self, dialog: Dialog) -> None:
        # An alert blocks the page, and a question is about the submission: accept both.
        await result(dialog.accept())

    async def _on_tab(self, tab: Page) -> None:
        self.tabs.append(tab)
        tab.on("response", self._handlers["response"])
        tab.on("requestfailed", self._handlers["requestfailed"])
        tab.on("framenavigated", self._handlers["framenavigated"])
        tab.on("popup", self._handlers["popup"])
        await self._on_navigated(tab.main_frame)

    async def _on_crash(self, page: Page) -> None:
        self.error = self.error or BrowserGone(f"the page {redacted(page.url)} crashed")

    async def _on_loaded(self, _: Page) -> None:
        if self.error or self.verdict_status:
            await self.notify()

    async def _on_navigated(self, frame: Frame) -> None:
        # Only this event reports a document that the browser fetched ahead.
        if frame.parent_frame is None and not self.guard.may_show(frame.url):
            try:
                self.guard.check(frame.url)
            except OriginNotAllowed as error:
                await self._fail(error)
        # No other event reports that a frame has a new document.
        if self.in_frame and frame.parent_frame and (self.error or self.verdict_status):
            await self.notify()


def unreachable(message: str) -> TargetUnreachable:
    """NothingThere if the browser's message says that no server answers, else the general error."""
    is_absent = any(sign in message for sign in NOTHING_THERE)
    return NothingThere(message) if is_absent else TargetUnreachable(message)
