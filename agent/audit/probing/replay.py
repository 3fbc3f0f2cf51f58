"""Records the request that sends an answer, and sends it again unchanged.

The replay uses the recorded request with given cookies, in the browser: hidden fields and tokens
are included, and the verdict is read from the page as usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Route

from capslice.agent.browser.sync_async import first_line
from capslice.agent.browser.time_limit import limited_synchronously
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.page.verdict import Verdict
from capslice.agent.rules.guard import Guard
from capslice.agent.settings import Settings
from capslice.errors import TargetUnreachable

# The browser sets these headers itself.
BROWSER_HEADERS = ("cookie", "content-length", "host", "connection", "user-agent")


@dataclass(frozen=True)
class AnswerRequest:
    """The request that sends an answer, and the cookies of the session before it."""

    url: str
    method: str
    headers: dict[str, str]
    body: bytes | None
    cookies: list[Any]


def record(captcha_page: SyncCaptchaPage, *, block: bool = False) -> AnswerRequest:
    """Submit the typed answer, and record its request; `block` keeps that from the site.

    It stays blocked until the page is closed.

    Raises Playwright's TimeoutError if the page sends nothing that is known to be the answer, and
    BrowserGone if it does not respond.
    """
    page, sends_answer = captcha_page.page, captcha_page.coroutines.events.submission.includes
    cookies: list[Any] = page.context.cookies()
    timeout = captcha_page.coroutines.timeout

    def abort(route: Route) -> None:
        if sends_answer(route.request):
            route.abort("aborted")
        else:
            route.fallback()

    if block:
        with limited_synchronously(page, timeout):
            page.context.route("**/*", abort)
    # A blocked request has ended only after `requestfailed`.
    event = "requestfailed" if block else "request"
    with page.context.expect_event(event, sends_answer, timeout=1000 * timeout) as sent:
        captcha_page.submit()
    request = sent.value
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in BROWSER_HEADERS and not name.startswith("sec-")
    }
    return AnswerRequest(request.url, request.method, headers, request.post_data_buffer, cookies)


def replay(request: AnswerRequest, page: Page, settings: Settings) -> Verdict:
    """Send a recorded request from `page`, with the page's cookies, and return the verdict.

    Raises what `SyncCaptchaPage.verdict` does.
    """
    # The response is a page of its own, even if the form was in a frame.
    selectors = settings.target.selectors.model_copy(update={"frame": "", "dismiss": ""})
    target = settings.target.model_copy(update={"selectors": selectors})
    Guard(target.allowed_origins).check(request.url)

    def as_recorded(route: Route) -> None:
        route.continue_(method=request.method, headers=request.headers, post_data=request.body)

    page.route(request.url, as_recorded, times=1)
    with SyncCaptchaPage(page, target, settings.browser.timeout, request.url) as answered:
        try:
            answered.submit_again()
        except PlaywrightError as error:
            raise TargetUnreachable(
                f"the site did not respond to a repeated answer ({first_line(error)})"
            ) from None
        return answered.verdict()
