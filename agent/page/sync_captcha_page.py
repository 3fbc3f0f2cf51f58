"""The captcha page with plain methods, for pages of Playwright's synchronous API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from playwright.sync_api import Locator, Page

from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.page.captcha_page import CaptchaPage
from capslice.agent.settings import Target

Given = ParamSpec("Given")
Result = TypeVar("Result")


def _synchronous(
    method: Callable[Concatenate[CaptchaPage, Given], Coroutine[Any, Any, Result]],
) -> Callable[Concatenate[SyncCaptchaPage, Given], Result]:
    @wraps(method)
    def run(self: SyncCaptchaPage, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        return run_synchronously(method(self.coroutines, *args, **kwargs))

    return run


class SyncCaptchaPage:
    """Has the methods of CaptchaPage, with the same results and errors, but as plain functions.

    Use it as a context manager, which calls `attach` and `detach`. `coroutines` is the CaptchaPage
    that it runs; `page` is Playwright's page.
    """

    def __init__(self, page: Page, target: Target, timeout: float, url: str | None = None) -> None:
        self.page = page
        self.coroutines = CaptchaPage(page, target, timeout, url)

    def __enter__(self) -> Self:
        self.attach()
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()

    attach = _synchronous(CaptchaPage.attach)
    detach = _synchronous(CaptchaPage.detach)
    open = _synchronous(CaptchaPage.open)
    check_protection = _synchronous(CaptchaPage.check_protection)
    picture = _synchronous(CaptchaPage.picture)
    wait_for_controls = _synchronous(CaptchaPage.wait_for_controls)
    check_success_is_hidden = _synchronous(CaptchaPage.check_success_is_hidden)
    type_answer = _synchronous(CaptchaPage.type_answer)
    submit = _synchronous(CaptchaPage.submit)
    verdict = _synchronous(CaptchaPage.verdict)
    submit_again = _synchronous(CaptchaPage.submit_again)
    refresh = _synchronous(CaptchaPage.refresh)
    screenshot = _synchronous(CaptchaPage.screenshot)

    @property
    def url(self) -> str:
        """The address of the page, without secrets."""
        return self.coroutines.url

    @property
    def picture_element(self) -> Locator:
        """The element that selectors.picture matches."""
        return self.coroutines.elements.locator("picture")

    @property
    def fields(self) -> Locator:
        """The fields that the answer was typed into: one input, or a row of them."""
        return self.coroutines.fields
