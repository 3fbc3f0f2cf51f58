"""A page that overwrites what the agent's scripts call brings one of our errors, or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from capslice.agent.browser.session import own_session
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.settings import Browser as BrowserSettings
from capslice.agent.settings import Target
from capslice.errors import AgentError
from tests.agent.conftest import Site

METHODS = (
    *("Array.prototype.map", "Array.prototype.join", "document.querySelectorAll", "Math.ceil"),
    *("Element.prototype.matches", "Array.prototype.filter", "Array.prototype.find"),
    *("Array.from", "Array.prototype[Symbol.iterator]", "Element.prototype.querySelectorAll"),
    *("Element.prototype.setAttribute", "Element.prototype.getBoundingClientRect", "Promise.race"),
    *("Element.prototype.getClientRects", "Promise.all", "getComputedStyle", "setTimeout", "URL"),
    *("createImageBitmap", "MutationObserver", "Node.prototype.contains", "JSON.stringify"),
    *("Object.keys", "Object.prototype.toJSON", "Array.prototype.toJSON", "RegExp.prototype.exec"),
)
QUICK = METHODS[:4]
REPLACEMENTS = ("() => ({})", "() => { throw 1 }", '() => "x"', "() => [{}, 1, null]", "null")


@pytest.mark.parametrize(
    "method",
    [pytest.param(each, marks=() if each in QUICK else pytest.mark.slow) for each in METHODS],
)
def test_an_overwritten_method_brings_no_traceback(
    method: str, browser: Browser, serve_hostile: Callable[[str], tuple[Target, Site]]
) -> None:
    for replacement in REPLACEMENTS if method not in QUICK else REPLACEMENTS[:2]:
        target, _ = serve_hostile(
            f'<!doctype html><input id="input"><script>{method} = {replacement}</script>'
        )
        context = own_session(browser, BrowserSettings())
        try:
            with SyncCaptchaPage(context.new_page(), target, 1) as page:
                page.open()
                page.picture()
                page.type_answer("526328")
                page.submit()
                page.verdict()
        except AgentError as error:
            assert str(error)
        finally:
            context.close()
