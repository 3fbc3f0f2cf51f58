"""Limits how long calls to a page may take.

Playwright waits without end for a page whose script never returns, in every call that runs in the
page and has no timeout of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from playwright.sync_api import Page

from capslice.agent.browser.sync_async import is_async
from capslice.agent.rules.redaction import redacted
from capslice.errors import BrowserGone

RESPONDS = 10.0  # seconds; a page that responds at all takes milliseconds


@asynccontextmanager
async def limited(page: Page, seconds: float = RESPONDS) -> AsyncIterator[None]:
    """End the calls inside `async with` after so many seconds; `page` is of either API.

    Raises BrowserGone if that was necessary, because such a page can only be closed.
    """
    if not is_async(page):
        with limited_synchronously(page, seconds):
            yield
        return
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise _gone(page, seconds) from None


@contextmanager
def limited_synchronously(page: Page, seconds: float = RESPONDS) -> Iterator[None]:
    """Like `limited`, for a page of the synchronous API."""
    # Each call of this API runs as a task of an event loop in this thread.
    loop = asyncio.get_running_loop()
    earlier = asyncio.all_tasks(loop)

    def end() -> None:
        for task in asyncio.all_tasks(loop) - earlier:
            task.cancel()

    timer = loop.call_later(seconds, end)
    try:
        yield
    except asyncio.CancelledError:
        raise _gone(page, seconds) from None
    finally:
        timer.cancel()


def _gone(page: Page, seconds: float) -> BrowserGone:
    return BrowserGone(f"the page at {redacted(page.url)} did not respond within {seconds:g} s")
