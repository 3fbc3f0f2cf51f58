"""Translates Playwright's errors into capslice's own: what happened, where, and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.sync_async import first_line
from capslice.agent.page.events import PageEvents
from capslice.agent.rules.redaction import redacted
from capslice.errors import (
    AgentError,
    BrowserGone,
    ConfigurationError,
    ElementCovered,
    ElementNotFound,
    PageChanged,
)

COVERED = "intercepts pointer events"
GONE = ("crashed", "has been closed", "was closed", "connection closed", "browser has disconnected")


@asynccontextmanager
async def translated_errors(page: Page, events: PageEvents) -> AsyncIterator[None]:
    """Raise the error that `events` noted if there is one, else translate Playwright's error.

    Raises `events.error`, BrowserGone, ElementNotFound if a selector matches more than one
    element, ConfigurationError if a selector is invalid, and PageChanged for anything else.
    """
    try:
        yield
    except PlaywrightError as error:
        if events.error:
            raise events.error from None
        url, reason = redacted(page.url), first_line(error)
        if page.is_closed() or any(sign in reason.lower() for sign in GONE):
            raise BrowserGone(f"the browser or its page at {url} is gone: {reason}") from None
        if "strict mode violation" in reason:
            raise ElementNotFound(
                f"a selector matches more than one element at {url}: {reason}"
            ) from None
        if "parsing" in reason and "selector" in reason:
            raise ConfigurationError(
                f"a selector in target.selectors is invalid: {reason}"
            ) from None
        raise PageChanged(f"{url} changed while the agent used it: {reason}") from None
    except AgentError:
        # The noted error may be the reason that an element was not found.
        if events.error:
            raise events.error from None
        raise
    if events.error:
        raise events.error


@asynccontextmanager
async def translated_timeout(
    name: str, selector: str, page: Page, timeout: float
) -> AsyncIterator[None]:
    """Say why the control `name` could not be used within `timeout` seconds.

    Raises ElementCovered if another element lies over it, and ElementNotFound if not.
    """
    try:
        yield
    except PlaywrightTimeout as error:
        url = redacted(page.url)
        if COVERED in error.message:
            line = next(line for line in error.message.splitlines() if COVERED in line)
            raise ElementCovered(
                f"selectors.{name} {selector!r} at {url} is covered ({line.strip(' -')}): if a "
                "click closes what covers it, set selectors.dismiss"
            ) from None
        raise ElementNotFound(
            f"selectors.{name} {selector!r} matches nothing usable within "
            f"{timeout:g} s at {url}: correct the selector"
        ) from None
