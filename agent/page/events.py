"""What happens to a page while one waits for something else there.

A refusal, a server error, a crash, a dialog, a new tab: none of them is an element that
one could wait for. They are noted here as they happen, and whoever waits is woken by an
attribute on the root of the document.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime

from playwright.sync_api import Dialog, Frame, Locator, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.sync_async import handler, result
from capslice.agent.rules.guard import Guard, declined, protector
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

WOKEN = "data-capslice-woken"
WAKE = f"root => root.setAttribute('{WOKEN}', '')"
SLEEP = f"root => root.removeAttribute('{WOKEN}')"
REFUSALS = {403: "no (403 Forbidden)", 429: "that it is asked too often (429)"}
ASKED = ("document", "xhr", "fetch", "image")  # kinds of requests whose refusal is meant for us
POSTED = ("xhr", "fetch")
SERVER_ERRORS = 500
NO_DOCUMENT = (204, 205)  # answers on which a browser stays where it is
NOTHING_THERE = ("CONNECTION_REFUSED", "NAME_NOT_RESOLVED", "UNKNOWN_HOST", "Could not connect")
NO_FAULTS = ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT", "NS_BINDING_ABORTED")


class Watch:
    """Notes what happens to `page`, from `begin` to `end`, as far as `guard` allows it.

    `root` is what it wakes; `telling` are the statuses that say whether an answer was right.

    trouble: the error that ends what is going on, if there is one.
    told:    the last of those statuses.
    marked:  whether the document may have attributes of ours.
    stopped: addresses of frames and tabs from elsewhere, which are not needed to go on.
    tabs:    that the page opened.
    """

    def __init__(
        self, page: Page, guard: Guard, root: Locator, telling: Collection[int], in_frame: bool
    ) -> None:
        self.page = page
        self.guard = guard
        self.root = root
        self.telling = telling
        self.in_frame = in_frame
        self.trouble: AgentError | None = None
        self.told: int | None = None
        self.woken = False
        self.marked = False
        self.stopped: list[str] = []
        self.tabs: list[Page] = []
        self._handlers = {
            "response": handler(page, self._on_response),
            "requestfailed": handler(page, self._on_failure),
            "dialog": handler(page, self._on_dialog),
            "popup": handler(page, self._on_tab),
            "crash": handler(page, self._on_crash),
            "domcontentloaded": handler(page, self._on_loaded),
            "framenavigated": handler(page, self._on_navigated),
        }

    def begin(self) -> None:
        """From here on."""
        for event, react in self._handlers.items():
            self.page.on(event, react)  # type: ignore[call-overload]

    async def end(self) -> None:
        """No more; tabs that the page opened meanwhile are closed."""
        for event, react in self._handlers.items():
            self.page.remove_listener(event, react)
        for tab in self.tabs:
            await result(tab.close())

    def on_stopped(self, url: str, *, is_page: bool) -> None:
        """A document from an origin that is not allowed: of the page, or of a frame or tab."""
        try:
            self.guard.check(url)
        except OriginNotAllowed as error:
            service = protector([url])
            if service:
                self.trouble = self.trouble or ProtectedPage(declined(self.page.url, service))
            elif is_page:
                self.trouble = self.trouble or error
            else:
                self.stopped.append(redacted(url))

    async def wake(self) -> None:
        """End a wait that includes the attribute."""
        self.woken = self.marked = True
        # Between two documents there is none to wake, and then the next one is.
        with suppress(PlaywrightError):
            await result(self.root.evaluate(WAKE, timeout=1000))

    async def sleep(self) -> None:
        """What was told is known: the next wait begins anew."""
        self.told = None
        if self.woken:
            self.woken = False
            await result(self.root.evaluate(SLEEP, timeout=1000))

    async def _note(self, trouble: AgentError) -> None:
        # The first is the one that counts.
        self.trouble = self.trouble or trouble
        await self.wake()

    async def _on_response(self, response: Response) -> None:
        request, status = response.request, response.status
        if not self.guard.allows(response.url):
            return
        url = redacted(response.url)
        if status in REFUSALS and request.resource_type in ASKED and "favicon" not in url:
            wait = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            said = REFUSALS[status] + (f" for {wait:.0f} s" if wait is not None else "")
            await self._note(TargetRefused(f"{url} says {said}: the agent stops", wait))
        elif self._matters(request):
            if request.resource_type == "document" and status not in NO_DOCUMENT:
                self.marked = False
            if status >= SERVER_ERRORS:
                said = f"{status} {response.status_text}".rstrip()
                await self._note(TargetUnreachable(f"{url} answers {said}"))
            elif status in self.telling:
                self.told = status
                if request.resource_type != "document":  # which wakes when it is there
                    await self.wake()

    async def _on_failure(self, request: Request) -> None:
        reason = request.failure or "no reason given"
        if self._matters(request) and reason not in NO_FAULTS:
            url = redacted(request.url)
            await self._note(unreachable(f"{url} does not answer ({reason}): is it up?"))

    def _matters(self, request: Request) -> bool:
        """Whether it asks for the page itself, or brings an answer there."""
        if request.resource_type != "document":
            return request.resource_type in POSTED and request.method == "POST"
        try:
            return self.in_frame or request.frame.parent_frame is None
        except PlaywrightError:
            return True  # of a tab that is just being opened

    async def _on_dialog(self, dialog: Dialog) -> None:
        # An alert holds up the page, and a question is asked of whoever submits: say yes.
        await result(dialog.accept())

    async def _on_tab(self, tab: Page) -> None:
        self.tabs.append(tab)
        tab.on("response", self._handlers["response"])
        tab.on("requestfailed", self._handlers["requestfailed"])

    async def _on_crash(self, page: Page) -> None:
        self.trouble = self.trouble or BrowserGone(f"the page {redacted(page.url)} crashed")

    async def _on_loaded(self, _: Page) -> None:
        if self.trouble or self.told:
            await self.wake()

    async def _on_navigated(self, frame: Frame) -> None:
        # Of the documents in frames, no other event says that they are there.
        if self.in_frame and frame.parent_frame and (self.trouble or self.told):
            await self.wake()


def unreachable(message: str) -> TargetUnreachable:
    """The error for a page that does not answer, by what the browser says of that."""
    absent = any(sign in message for sign in NOTHING_THERE)
    return NothingThere(message) if absent else TargetUnreachable(message)
