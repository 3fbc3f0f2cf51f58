"""Enforces the guard's rule in the browser: no document comes from an origin that is not allowed.

Links, forms, scripts, redirects, frames and pop-ups all end in a request for a document.
Chromium reports all such requests of all its pages over the DevTools protocol, and pauses each
until it gets an answer, so nothing has left the browser by then. The agent asks for requests for
documents only, so that pictures and styles cost no time.

Other browsers cannot do that. There, Playwright intercepts all requests of the context, and the
agent fetches a document for the page, one redirect at a time.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import CDPSession, Page, Route
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.sync_async import handler, result
from capslice.agent.page.events import PageEvents
from capslice.agent.rules.guard import Guard

DOCUMENTS = {"patterns": [{"resourceType": "Document"}]}
SAME_METHOD_REDIRECTS = (307, 308)  # these keep the method and the posted data
REDIRECT_PAGE = "<!doctype html><script>location.replace({url})</script>"


class Enforcement:
    """Blocks documents of `page`, its frames and pop-ups that `guard` does not allow.

    It reports each blocked document to `events`.
    """

    def __init__(self, page: Page, guard: Guard, events: PageEvents) -> None:
        self.page = page
        self.guard = guard
        self.events = events
        self._session: CDPSession | None = None
        self._target: dict[str, Any] = {}
        self._document_handler = handler(page, self._on_document)
        self._route_handler = handler(page, self._on_request)

    async def start(self, *, by_routes: bool = False) -> None:
        """Start to block. With `by_routes`, Chromium is treated like the other browsers."""
        context = self.page.context
        browser = context.browser
        if by_routes or browser is None or browser.browser_type.name != "chromium":
            await result(context.route("**/*", self._route_handler))
            return
        # Ask now: a page whose document is paused does not answer.
        page_session = await result(context.new_cdp_session(self.page))
        self._target = (await result(page_session.send("Target.getTargetInfo")))["targetInfo"]
        await result(page_session.detach())
        self._session = await result(browser.new_browser_cdp_session())
        self._session.on("Fetch.requestPaused", self._document_handler)
        await result(self._session.send("Fetch.enable", DOCUMENTS))

    async def stop(self) -> None:
        """Stop to block. Does nothing if the browser is gone."""
        try:
            if self._session:
                await result(self._session.detach())
            else:
                await result(self.page.context.unroute("**/*", self._route_handler))
        except PlaywrightError:
            pass

    async def _on_document(self, event: dict[str, Any]) -> None:
        url, frame_id = event["request"]["url"], event["frameId"]
        request = {"requestId": event["requestId"]}
        assert self._session is not None  # noqa: S101  the event came from it
        if self._may_go_to(url) or not await self._is_ours(frame_id):
            await result(self._session.send("Fetch.continueRequest", request))
            return
        # Note the reason first: a waiter for the page sees the failure at once.
        self.events.on_blocked(url, is_page=frame_id == self._target["targetId"])
        failure = request | {"errorReason": "BlockedByClient"}
        await result(self._session.send("Fetch.failRequest", failure))
        if self.events.error:
            await self.events.notify()

    def _may_go_to(self, url: str) -> bool:
        # about:, data: and blob: send no request to a server.
        return not url.startswith(("http:", "https:")) or self.guard.allows(url)

    async def _is_ours(self, frame_id: str) -> bool:
        """Whether a frame belongs to this page's context, not to another one in the browser."""
        assert self._session is not None  # noqa: S101
        targets = (await result(self._session.send("Target.getTargets")))["targetInfos"]
        for target in targets:
            if target["targetId"] == frame_id:
                return bool(target["browserContextId"] == self._target["browserContextId"])
        for page in self.page.context.pages:
            session = await result(page.context.new_cdp_session(page))
            tree = (await result(session.send("Page.getFrameTree")))["frameTree"]
            await result(session.detach())
            if frame_id in _frame_ids(tree):
                return True
        return False

    async def _on_request(self, route: Route) -> None:
        request = route.request
        url, status = request.url, SAME_METHOD_REDIRECTS[0]
        try:
            if not request.is_navigation_request():
                await result(route.fallback())
                return
            while status in SAME_METHOD_REDIRECTS:
                if not self._may_go_to(url):
                    self.events.on_blocked(url, is_page=self._is_for_the_page(route))
                    await result(route.abort("blockedbyclient"))
                    if self.events.error:
                        await self.events.notify()
                    return
                response = await result(route.fetch(url=url, max_redirects=0))
                status, location = response.status, response.headers.get("location")
                if not 300 <= status < 400 or not location:
                    await result(route.fulfill(response=response))
                    return
                url = urljoin(url, location)
            # The page follows the other redirects by itself, with a request that comes here again.
            body = REDIRECT_PAGE.format(url=json.dumps(url).replace("<", "\\u003c"))
            await result(route.fulfill(body=body, content_type="text/html"))
        except PlaywrightError:
            await result(route.abort("connectionfailed"))

    def _is_for_the_page(self, route: Route) -> bool:
        try:
            return route.request.frame == self.page.main_frame
        except PlaywrightError:
            return False  # a request of a tab that is just opening


def _frame_ids(tree: dict[str, Any]) -> set[str]:
    """The ids of a frame and of all frames in it."""
    inside = (_frame_ids(child) for child in tree.get("childFrames", ()))
    return {tree["frame"]["id"]}.union(*inside)
