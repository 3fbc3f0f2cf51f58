"""Playwright's errors in our words: what happened, on what, and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.sync_async import first_line
from capslice.agent.page.events import Watch
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
async def translated(page: Page, watch: Watch) -> AsyncIterator[None]:
    """Say what ended it, where `watch` knows; else what Playwright says, in our words.

    Raises the watch's trouble, BrowserGone, ElementNotFound where a selector matches more
    than one element, ConfigurationError where it is none, and else PageChanged.
    """
    try:
        yield
    except PlaywrightError as error:
        if watch.trouble:
            raise watch.trouble from None
        url, reason = redacted(page.url), first_line(error)
        if page.is_closed() or any(sign in reason.lower() for sign in GONE):
            raise BrowserGone(f"the browser or its page at {url} is gone: {reason}") from None
        if "strict mode violation" in reason:
            raise ElementNotFound(
                f"a selector matches more than one element at {url}: {reason}"
            ) from None
        if "parsing" in reason and "selector" in reason:
            raise ConfigurationError(
                f"one of target.selectors is not a selector: {reason}"
            ) from None
        raise PageChanged(f"{url} changed while it was being used: {reason}") from None
    except AgentError:
        # What was not found, perhaps was not because of what happened meanwhile.
        if watch.trouble:
            raise watch.trouble from None
        raise
    if watch.trouble:
        raise watch.trouble


@asynccontextmanager
async def acting_on(name: str, selector: str, page: Page, timeout: float) -> AsyncIterator[None]:
    """Say why a control could not be used within `timeout` seconds.

    Raises ElementCovered where something lies over it, and else ElementNotFound.
    """
    try:
        yield
    except PlaywrightTimeout as error:
        url = redacted(page.url)
        if COVERED in error.message:
            what = next(line for line in error.message.splitlines() if COVERED in line)
            raise ElementCovered(
                f"selectors.{name} {selector!r} at {url} is covered ({what.strip(' -')}): if that "
                "can be clicked away, give selectors.dismiss"
            ) from None
        raise ElementNotFound(
            f"selectors.{name} {selector!r} matches nothing that can be used within "
            f"{timeout:g} s at {url}: correct the selector"
        ) from None
