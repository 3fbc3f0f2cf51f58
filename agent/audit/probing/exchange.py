"""An answer as the browser sends it, to be sent again as it was.

What is replayed is the request itself, with the cookies that were there, in the browser: so
hidden fields and tokens come with it, and its verdict is seen as any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Request, Route

from capslice.agent.browser.sync_async import first_line
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.page.verdict import Verdict
from capslice.agent.rules.guard import Guard
from capslice.agent.settings import Settings
from capslice.errors import TargetUnreachable

# The browser sets these by itself.
OWN_HEADERS = ("cookie", "content-length", "host", "connection", "user-agent")


@dataclass(frozen=True)
class Exchange:
    """A request that brings an answer, and the cookies that the session had then."""

    url: str
    method: str
    headers: dict[str, str]
    body: bytes | None
    cookies: list[Any]


def record(page: Page, submit: Callable[[], object], *, stopped: bool = False) -> Exchange:
    """What `submit` has the page send; where it is `stopped`, it never leaves the browser.

    Raises Playwright's TimeoutError where nothing is sent.
    """
    cookies: list[Any] = page.context.cookies()

    def stop(route: Route) -> None:
        if _brings_an_answer(route.request):
            route.abort("aborted")
        else:
            route.fallback()

    if stopped:
        page.context.route("**/*", stop)
    try:
        # The event after which there is nothing left to be stopped.
        event = "requestfailed" if stopped else "request"
        with page.context.expect_event(event, _brings_an_answer) as sent:
            submit()
        request = sent.value
    finally:
        if stopped:
            page.context.unroute("**/*", stop)
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in OWN_HEADERS and not name.startswith("sec-")
    }
    return Exchange(request.url, request.method, headers, request.post_data_buffer, cookies)


def replay(exchange: Exchange, page: Page, settings: Settings) -> Verdict:
    """Send it from `page`, with the cookies that are there, and tell what the site says of it.

    Raises what `SyncCaptchaPage.verdict` does.
    """
    # The answer comes as a page of its own, whatever frame the form was in.
    selectors = settings.target.selectors.model_copy(update={"frame": "", "dismiss": ""})
    target = settings.target.model_copy(update={"selectors": selectors})
    Guard(target.allowed_origins).check(exchange.url)

    def as_recorded(route: Route) -> None:
        route.continue_(method=exchange.method, headers=exchange.headers, post_data=exchange.body)

    page.route(exchange.url, as_recorded, times=1)
    with SyncCaptchaPage(page, target, settings.browser.timeout, exchange.url) as answered:
        try:
            page.goto(exchange.url, wait_until="domcontentloaded")
        except PlaywrightError as error:
            raise TargetUnreachable(f"it was not answered ({first_line(error)})") from None
        return answered.verdict()


def _brings_an_answer(request: Request) -> bool:
    # A form that is sent by GET has the answer in its address.
    return request.method == "POST" or ("?" in request.url and request.is_navigation_request())
