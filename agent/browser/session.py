"""Open pages that say who asks: a session of its own each, whose User-Agent names capslice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.launch import CHROMIUM
from capslice.agent.browser.sync_async import first_line, result
from capslice.agent.settings import Browser as BrowserSettings
from capslice.errors import ConfigurationError


def new_page(browser: Browser, settings: BrowserSettings | None = None) -> Page:
    """A page with a session of its own, whose User-Agent names capslice and its version.

    Raises ConfigurationError where browser.storage_state is none.
    """
    return new_session(browser, settings or BrowserSettings()).new_page()


def new_session(browser: Browser, settings: BrowserSettings) -> BrowserContext:
    """A session of its own, logged in where browser.storage_state is. Raises as `new_page`."""
    try:
        return browser.new_context(
            # A service worker's requests would not be seen by the guard.
            service_workers="block",
            storage_state=settings.storage_state,
            user_agent=user_agent(browser, settings.contact),
        )
    except (PlaywrightError, OSError, ValueError) as error:
        if settings.storage_state is None or not browser.is_connected():
            raise
        reason = first_line(error) if isinstance(error, PlaywrightError) else str(error)
        raise ConfigurationError(
            f"browser.storage_state {settings.storage_state} cannot be used ({reason}): write one "
            "with Playwright's context.storage_state(path=...)"
        ) from None


def user_agent(browser: Browser, contact: str) -> str:
    """What a browser of this kind calls itself, and then who is asking."""
    number = browser.version.partition(".")[0]
    kinds = {
        "chromium": f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{number}.0.0.0 Safari/537.36",
        "firefox": f"(rv:{number}.0) Gecko/20100101 Firefox/{number}.0",
        "webkit": f"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{number}.0 Safari/605.1.15",
    }
    return f"Mozilla/5.0 {kinds[browser.browser_type.name]} {signature(contact)}"


def signature(contact: str) -> str:
    """Who is asking: capslice, its version, and whom to write to."""
    return f"capslice/{version('capslice')}" + (f" (+{contact})" if contact else "")


@asynccontextmanager
async def signed(page: Page, contact: str) -> AsyncIterator[None]:
    """Have a page that somebody else opened say who is asking, meanwhile.

    Of a page that is open already, only Chromium can be told that.
    """
    own: str = await result(page.evaluate("navigator.userAgent"))
    browser = page.context.browser
    if "capslice/" in own or (browser and browser.browser_type.name != CHROMIUM):
        yield
        return
    session = await result(page.context.new_cdp_session(page))
    override = {"userAgent": f"{own} {signature(contact)}"}
    await result(session.send("Emulation.setUserAgentOverride", override))
    try:
        yield
    finally:
        # A page that was closed has nothing to be told any more.
        with suppress(PlaywrightError):
            await result(session.detach())
