"""Translates Playwright's errors into capslice's own: what happened, where, and what to do.

Also loads a page, which can fail in more ways than any other action.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.sync_async import first_line, result
from capslice.agent.browser.time_limit import limited, limited_synchronously
from capslice.agent.browser.unreachable import unreachable
from capslice.agent.page.events import SERVER_ERRORS, PageEvents
from capslice.agent.rules.redaction import redacted
from capslice.errors import (
    AgentError,
    BrowserGone,
    ConfigurationError,
    ElementCovered,
    ElementDisabled,
    ElementNotFound,
    PageChanged,
    TargetError,
    TargetUnreachable,
)

# In Playwright's log of an action.
UNUSABLE = {"element is not enabled": "disabled", "element is not editable": "read-only"}
COVERED = "intercepts pointer events"
GONE = ("crashed", "has been closed", "was closed", "connection closed", "browser has disconnected")


# The waits of `timeout` seconds that one step may have, such as for a picture and a screenshot.
WAITS = 3


@asynccontextmanager
async def translated_errors(page: Page, events: PageEvents, timeout: float) -> AsyncIterator[None]:
    """Raise the error that `events` noted if there is one, else translate Playwright's error.

    Raises `events.error`, BrowserGone, also if the step takes longer than WAITS times `timeout`,
    ElementNotFound if a selector matches more than one element, ConfigurationError if a selector
    is invalid, and PageChanged for anything else.
    """
    try:
        async with limited(page, WAITS * timeout):
            yield
    except PlaywrightError as error:
        raise events.error or _translated(error, page) from None
    except AgentError:
        # The noted error may be the reason that an element was not found.
        if events.error:
            raise events.error from None
        raise
    if events.error:
        raise events.error


@contextmanager
def translated_synchronously(page: Page, timeout: float) -> Iterator[None]:
    """Translate Playwright's errors where nobody notes events, on a page of the synchronous API."""
    try:
        with limited_synchronously(page, WAITS * timeout):
            yield
    except PlaywrightError as error:
        raise _translated(error, page) from None


def _translated(error: PlaywrightError, page: Page) -> AgentError:
    url, reason = redacted(page.url), first_line(error)
    if page.is_closed() or any(sign in reason.lower() for sign in GONE):
        return BrowserGone(f"the browser or its page at {url} is gone: {reason}")
    if "strict mode violation" in reason:
        return ElementNotFound(f"a selector matches more than one element at {url}: {reason}")
    if "parsing" in reason and "selector" in reason:
        return ConfigurationError(f"a selector in target.selectors is invalid: {reason}")
    return PageChanged(f"{url} changed while the agent used it: {reason}")


async def load(page: Page, url: str, events: PageEvents, milliseconds: float) -> None:
    """Load a page.

    Raises TargetUnreachable if it does not answer or answers with a server error, TargetError for
    any other error status, and Playwright's error if `events` knows better.
    """
    try:
        response = await result(page.goto(url, wait_until="domcontentloaded", timeout=milliseconds))
    except PlaywrightError as error:
        if events.error or page.is_closed():
            raise
        reason = first_line(error).removeprefix("Page.goto: ")
        raise unreachable(url, reason, page.context) from None
    if response is not None and not response.ok:
        kind = TargetUnreachable if response.status >= SERVER_ERRORS else TargetError
        raise kind(f"{redacted(url)} answers {response.status} {response.status_text}")


@asynccontextmanager
async def translated_timeout(
    name: str, selector: str, page: Page, timeout: float
) -> AsyncIterator[None]:
    """Say why what the setting `name` selects could not be used within `timeout` seconds.

    Raises ElementCovered if another element lies over it, ElementDisabled if it takes no clicks or
    no text, and ElementNotFound if not.
    """
    try:
        yield
    except PlaywrightTimeout as error:
        url = redacted(page.url)
        if COVERED in error.message:
            line = next(line for line in error.message.splitlines() if COVERED in line)
            raise ElementCovered(
                f"{name} {selector!r} at {url} is covered ({line.strip(' -')}): if a "
                "click closes what covers it, set selectors.dismiss"
            ) from None
        if state := next((state for sign, state in UNUSABLE.items() if sign in error.message), ""):
            raise ElementDisabled(
                f"{name} {selector!r} at {url} is still {state} after {timeout:g} s: "
                "fill in or click before what enables it, or correct the selector"
            ) from None
        raise ElementNotFound(
            f"{name} {selector!r} matches nothing usable within "
            f"{timeout:g} s at {url}: correct the selector"
        ) from None
