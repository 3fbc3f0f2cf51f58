"""The guard's rule, kept by the browser: no document comes from an origin that is not allowed.

Links, forms, scripts, redirects, frames and pop-ups all end in a request for a document.
Chromium shows every one of them, of all its pages, to whoever asks for that, and holds it
until it is told to go on: nothing has left by then. Only such requests are held, so that
pictures and styles cost nothing.

Other browsers have no such thing. There every request of the context is held by Playwright,
and a document is fetched for the page one redirect at a time.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import CDPSession, Page, Route
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.sync_async import handler, result
from capslice.agent.page.events import Watch
from capslice.agent.rules.guard import Guard

DOCUMENTS = {"patterns": [{"resourceType": "Document"}]}
KEPT = (307, 308)  # redirects that keep the method and what is posted
MOVED = "<!doctype html><script>location.replace({url})</script>"


class Enforcement:
    """Holds documents of `page`, its frames and pop-ups to what `guard` allows.

    `watch` is told of each that is stopped.
    """

    def __init__(self, page: Page, guard: Guard, watch: Watch) -> None:
        self.page = page
        self.guard = guard
        self.watch = watch
        self._session: CDPSession | None = None
        self._target: dict[str, Any] = {}
        self._react = handler(page, self._on_document)
        self._route = handler(page, self._on_request)

    async def begin(self, *, by_routes: bool = False) -> None:
        """From here on; `by_routes` also where Chromium would show its requests."""
        context = self.page.context
        browser = context.browser
        if by_routes or browser is None or browser.browser_type.name != "chromium":
            await result(context.route("**/*", self._route))
            return
        # Now, for a page whose document is held cannot be asked.
        own = await result(context.new_cdp_session(self.page))
        self._target = (await result(own.send("Target.getTargetInfo")))["targetInfo"]
        await result(own.detach())
        self._session = await result(browser.new_browser_cdp_session())
        self._session.on("Fetch.requestPaused", self._react)
        await result(self._session.send("Fetch.enable", DOCUMENTS))

    async def end(self) -> None:
        """The page is its owner's again. Does nothing where the browser is gone."""
        try:
            if self._session:
                await result(self._session.detach())
            else:
                await result(self.page.context.unroute("**/*", self._route))
        except PlaywrightError:
            pass

    async def _on_document(self, event: dict[str, Any]) -> None:
        url, frame = event["request"]["url"], event["frameId"]
        request = {"requestId": event["requestId"]}
        assert self._session is not None  # noqa: S101  it is what the event came from
        if self._may_go_to(url) or not await self._is_ours(frame):
            await result(self._session.send("Fetch.continueRequest", request))
            return
        # First of all, so that whoever waits for the page is told why.
        self.watch.on_stopped(url, is_page=frame == self._target["targetId"])
        stop = request | {"errorReason": "BlockedByClient"}
        await result(self._session.send("Fetch.failRequest", stop))
        if self.watch.trouble:
            await self.watch.wake()

    def _may_go_to(self, url: str) -> bool:
        # about:, data: and blob: ask nobody for anything.
        return not url.startswith(("http:", "https:")) or self.guard.allows(url)

    async def _is_ours(self, frame: str) -> bool:
        """Whether a frame is of this page's session, not of another in the same browser."""
        assert self._session is not None  # noqa: S101
        targets = (await result(self._session.send("Target.getTargets")))["targetInfos"]
        for target in targets:
            if target["targetId"] == frame:
                return bool(target["browserContextId"] == self._target["browserContextId"])
        for page in self.page.context.pages:
            session = await result(page.context.new_cdp_session(page))
            tree = (await result(session.send("Page.getFrameTree")))["frameTree"]
            await result(session.detach())
            if frame in _frames(tree):
                return True
        return False

    async def _on_request(self, route: Route) -> None:
        request = route.request
        url, status = request.url, KEPT[0]
        try:
            if not request.is_navigation_request():
                await result(route.fallback())
                return
            while status in KEPT:
                if not self._may_go_to(url):
                    self.watch.on_stopped(url, is_page=self._is_the_page(route))
                    await result(route.abort("blockedbyclient"))
                    if self.watch.trouble:
                        await self.watch.wake()
                    return
                response = await result(route.fetch(url=url, max_redirects=0))
                status, location = response.status, response.headers.get("location")
                if not 300 <= status < 400 or not location:
                    await result(route.fulfill(response=response))
                    return
                url = urljoin(url, location)
            # The page goes there by itself, and passes here again.
            moved = MOVED.format(url=json.dumps(url).replace("<", "\\u003c"))
            await result(route.fulfill(body=moved, content_type="text/html"))
        except PlaywrightError:
            await result(route.abort("connectionfailed"))

    def _is_the_page(self, route: Route) -> bool:
        try:
            return route.request.frame == self.page.main_frame
        except PlaywrightError:
            return False  # of a page that is just being opened


def _frames(tree: dict[str, Any]) -> set[str]:
    """The ids of a frame and of all frames in it."""
    inside = (_frames(child) for child in tree.get("childFrames", ()))
    return {tree["frame"]["id"]}.union(*inside)
