"""Enforces the guard's rules in the browser: what comes from other origins, and what goes there.

Links, forms, scripts, redirects, frames and pop-ups all end in a request for a document.
Chromium reports all such requests of all its pages over the DevTools protocol, and pauses each
until it gets an answer, so nothing has left the browser by then. The agent also asks for the
requests that a script can send data with, and for all requests as soon as it has typed an answer.
Before that, pictures and styles cost no time.

Other browsers cannot do that. There, Playwright intercepts all requests of the context, and the
agent fetches a document for the page, one redirect at a time.

No protocol reports a WebSocket before it is open. A Content-Security-Policy blocks these, in each
document and worker that loads from now on. A document that the browser fetched ahead of a
navigation raises no event. A browser that capslice starts does not do that; in other browsers,
PageEvents notices the document when it shows.
"""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, Route
from playwright.sync_api import Error as PlaywrightError
from pydantic import SecretStr

from capslice.agent.browser.scripts import function
from capslice.agent.browser.session import OWN_CONTEXTS
from capslice.agent.browser.sync_async import handler, result
from capslice.agent.browser.time_limit import limited
from capslice.agent.page.events import PageEvents
from capslice.agent.page.submission import DOCUMENT
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.origins import joined
from capslice.agent.rules.redaction import keep_secret
from capslice.errors import BrowserGone

# The types of requests that carry data or whose content a script reads; a worker is an "Other".
ACTIVE = ("Document", "XHR", "Fetch", "EventSource", "Ping", "CSPViolationReport", "Other")
WORKERS = {"resourceType": "Other", "requestStage": "Response"}
SOME = [*({"resourceType": kind} for kind in ACTIVE), WORKERS]
ALL = [{"urlPattern": "*"}, WORKERS]
CONFINE = function(__package__, "confine")
HELD_SECONDS = 2.0  # the longest wait at the end for answers to held requests
SAME_METHOD_REDIRECTS = (307, 308)  # these keep the method and the posted data
REDIRECT_PAGE = "<!doctype html><script>location.replace({url})</script>"


class Enforcement:
    """Blocks documents and requests of `page`, its frames and pop-ups that `guard` does not allow.

    It reports each to `events`, and adds `headers` to what it lets through to an allowed origin, at
    each redirect anew. It ends with the page's context, or by `stop`.
    """

    def __init__(
        self,
        page: Page,
        guard: Guard,
        events: PageEvents,
        headers: Mapping[str, SecretStr] | None = None,
    ) -> None:
        self.page = page
        self.guard = guard
        self.events = events
        self.headers = headers or {}
        self._session: CDPSession | None = None
        self._target: dict[str, Any] = {}
        self._page_session: CDPSession | None = None
        self._held: dict[str, Route | None] = {}
        self._on_close = handler(page, self._end)
        self._paused_handler = handler(page, self._on_paused)
        self._route_handler = handler(page, self._on_request)

    async def start(self, *, by_routes: bool = False) -> None:
        """Start to block. With `by_routes`, Chromium is treated like the other browsers."""
        context = self.page.context
        context.on("close", self._on_close)
        browser = context.browser
        confine = f"({CONFINE})({json.dumps(self.guard.policy)})"
        if context in OWN_CONTEXTS:
            await result(context.add_init_script(confine))
        if by_routes or browser is None or browser.browser_type.name != "chromium":
            await result(context.route("**/*", self._route_handler))
            return
        # Ask now: a page whose document is paused does not answer.
        self._page_session = await result(context.new_cdp_session(self.page))
        target = await result(self._page_session.send("Target.getTargetInfo"))
        self._target = target["targetInfo"]
        self._page_session.on("Page.frameNavigated", handler(self.page, self._on_navigated))
        await result(self._page_session.send("Page.enable"))
        # Unlike the console, the log has nothing that the page itself writes, however much that is.
        self._page_session.on("Log.entryAdded", handler(self.page, self._on_logged))
        await result(self._page_session.send("Log.enable"))
        if context not in OWN_CONTEXTS:  # the script ends with the session
            script = {"source": confine}
            await result(self._page_session.send("Page.addScriptToEvaluateOnNewDocument", script))
        self._session = await result(browser.new_browser_cdp_session())
        self._session.on("Fetch.requestPaused", self._paused_handler)
        await self._pause(ALL if self.headers or self.guard.subresources == "none" else SOME)

    async def watch_for(self, answer: str) -> None:
        """From now on, block each request to another origin that has the answer in its address.

        Block all of them until the page shows another document or another captcha.
        """
        self.events.blocked.page_knows = True
        is_new, self.events.blocked.answer = not self.events.blocked.answer, answer
        if is_new:
            await self._pause(ALL)

    async def _pause(self, patterns: list[dict[str, str]]) -> None:
        if self._session:
            await result(self._session.send("Fetch.enable", {"patterns": patterns}))

    async def stop(self) -> None:
        """Refuse the requests that are still held, then stop to block.

        Does nothing if the browser is gone, or if the context is capslice's own: there the
        blocking ends with the context, because the page may still try to leave until then.
        """
        if self.page.context in OWN_CONTEXTS:
            return
        self.page.context.remove_listener("close", self._on_close)
        with suppress(PlaywrightError, BrowserGone):
            async with limited(self.page, 1.5 * HELD_SECONDS):
                await self._refuse_held()
                await self._end(self.page.context)

    async def _refuse_held(self) -> None:
        """Wait until every held request has its answer, then refuse those that have none."""
        end = time.monotonic() + HELD_SECONDS
        while True:
            # Events that the browser sent before its answer to this have arrived with it.
            if self._session:
                await result(self._session.send("Browser.getVersion"))
            else:
                await result(self.page.context.cookies("http://localhost"))
            if not self._held or time.monotonic() > end:
                break
        for request_id, route in list(self._held.items()):
            with suppress(PlaywrightError):
                await self._refuse(request_id, route)

    async def _refuse(self, request_id: str, route: Route | None) -> None:
        if route:
            await result(route.abort("blockedbyclient"))
        elif self._session:
            failure = {"requestId": request_id, "errorReason": "BlockedByClient"}
            await result(self._session.send("Fetch.failRequest", failure))

    async def _end(self, context: BrowserContext) -> None:
        for session in filter(None, (self._session, self._page_session)):
            await result(session.detach())
        if not self._session:
            await result(context.unroute("**/*", self._route_handler))

    async def _on_paused(self, event: dict[str, Any]) -> None:
        request, frame_id, request_id = event["request"], event["frameId"], event["requestId"]
        url, method, kind = request["url"], request["method"], event["resourceType"].lower()
        assert self._session is not None  # noqa: S101  the event came from it
        self._held[request_id] = None
        try:
            is_allowed = self._allows(url, method, kind)
            if is_allowed or not await self._is_ours(frame_id):
                await self._continue(event)
                return
            # Note the reason first: a waiter for the page sees the failure at once.
            if kind == DOCUMENT:
                self.events.on_blocked(url, is_page=frame_id == self._target["targetId"])
            else:
                self.events.blocked.note_request(url, method, _body(request))
            await self._refuse(request_id, None)
        finally:
            del self._held[request_id]
        if self.events.error:
            await self.events.notify()

    def _allows(self, url: str, method: str, kind: str) -> bool:
        if kind == DOCUMENT:
            return self.guard.may_show(url)
        answer, page_knows = self.events.blocked.answer, self.events.blocked.page_knows
        return self.guard.may_request(url, method, kind, answer, page_knows=page_knows)

    async def _on_navigated(self, event: dict[str, Any]) -> None:
        # Playwright's event also comes when a script only changes the address.
        if "parentId" not in event["frame"]:
            self.events.blocked.start_anew()

    async def _on_logged(self, event: dict[str, Any]) -> None:
        self.events.blocked.note_message(event["entry"]["text"])

    async def _continue(self, event: dict[str, Any]) -> None:
        assert self._session is not None  # noqa: S101
        command, answer = "Fetch.continueRequest", {"requestId": event["requestId"]}
        if "responseStatusCode" in event:  # of a worker
            policy = {"name": "Content-Security-Policy", "value": self.guard.policy}
            command = "Fetch.continueResponse"
            answer["responseCode"] = event["responseStatusCode"]
            answer["responseHeaders"] = [*event.get("responseHeaders", ()), policy]
        elif headers := self._with_own(event["request"]["url"], event["request"]["headers"]):
            own = [{"name": name, "value": value} for name, value in headers.items()]
            answer["headers"] = own
        await result(self._session.send(command, answer))

    def _with_own(self, url: str, headers: dict[str, str]) -> dict[str, str] | None:
        """The headers of a request with our own, or None if it gets none."""
        if not self.headers or not self.guard.allows(url):
            return None
        own = {name: value.get_secret_value() for name, value in self.headers.items()}
        for value in own.values():
            keep_secret(value)
        replaced = {name.lower() for name in own}
        return {name: each for name, each in headers.items() if name.lower() not in replaced} | own

    async def _is_ours(self, frame_id: str) -> bool:
        """Whether a frame belongs to this page's context, not to another one in the browser.

        A frame that is in no context counts as the page's: it may be gone or just be opening.
        """
        assert self._session is not None  # noqa: S101
        with suppress(PlaywrightError):
            targets = (await result(self._session.send("Target.getTargets")))["targetInfos"]
            for target in targets:
                if target["targetId"] == frame_id:
                    return bool(target["browserContextId"] == self._target["browserContextId"])
        browser = self.page.context.browser
        contexts = browser.contexts if browser else []
        others = (each.pages for each in contexts if each != self.page.context)
        for page in itertools.chain.from_iterable(others):
            with suppress(PlaywrightError):  # this page may be closing
                session = await result(page.context.new_cdp_session(page))
                tree = (await result(session.send("Page.getFrameTree")))["frameTree"]
                await result(session.detach())
                if frame_id in _frame_ids(tree):
                    return False
        return True

    async def _on_request(self, route: Route) -> None:
        request = route.request
        url, status = request.url, SAME_METHOD_REDIRECTS[0]
        held = f"route {id(route)}"
        try:
            self._held[held] = route
            if not request.is_navigation_request():
                kind, method = request.resource_type, request.method
                if self._allows(url, method, kind):
                    await result(route.fallback(headers=self._with_own(url, request.headers)))
                else:
                    data = request.post_data_buffer
                    self.events.blocked.note_request(url, method, data)
                    await result(route.abort("blockedbyclient"))
                return
            while status in SAME_METHOD_REDIRECTS:
                if not self.guard.may_show(url):
                    self.events.on_blocked(url, is_page=self._is_for_the_page(route))
                    await result(route.abort("blockedbyclient"))
                    if self.events.error:
                        await self.events.notify()
                    return
                headers = self._with_own(url, request.headers)
                response = await result(route.fetch(url=url, max_redirects=0, headers=headers))
                status, location = response.status, response.headers.get("location")
                if not 300 <= status < 400 or not location:
                    if self._is_for_the_page(route):
                        self.page.once("framenavigated", self.events.blocked.start_anew)
                    await result(route.fulfill(response=response))
                    return
                url = joined(url, location)
            # The page follows the other redirects by itself, with a request that comes here again.
            self.events.submission.moved.add(request)
            body = REDIRECT_PAGE.format(url=json.dumps(url).replace("<", "\\u003c"))
            await result(route.fulfill(body=body, content_type="text/html"))
        except (PlaywrightError, ValueError):
            await result(route.abort("connectionfailed"))
        finally:
            del self._held[held]

    def _is_for_the_page(self, route: Route) -> bool:
        try:
            return route.request.frame == self.page.main_frame
        except PlaywrightError:
            return False  # a request of a tab that is just opening


def _body(request: dict[str, Any]) -> bytes:
    """The posted data of a request of DevTools."""
    parts = (base64.b64decode(each.get("bytes", "")) for each in request.get("postDataEntries", ()))
    return b"".join(parts) or str(request.get("postData", "")).encode(errors="replace")


def _frame_ids(tree: dict[str, Any]) -> set[str]:
    """The ids of a frame and of all frames in it."""
    inside = (_frame_ids(child) for child in tree.get("childFrames", ()))
    return {tree["frame"]["id"]}.union(*inside)
