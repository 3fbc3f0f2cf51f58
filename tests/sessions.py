"""Opens pages in sessions of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, Page

from capslice import new_page


@contextmanager
def sessions(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Give a function that opens a page in a session of its own; all of them end with `with`."""
    with ExitStack() as stack:

        def open_page() -> Page:
            page = new_page(browser)
            stack.callback(page.context.close)
            return page

        yield open_page
