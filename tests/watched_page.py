"""A page that tells what it loads and what it logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import Browser, Page


class WatchedPage(NamedTuple):
    page: Page
    requests: list[str]  # addresses
    messages: list[str]  # of the console, and errors


@contextmanager
def watched_page(browser: Browser) -> Iterator[WatchedPage]:
    """Open a page; it is closed at the end."""
    context = browser.new_context()
    watched = WatchedPage(context.new_page(), [], [])
    watched.page.on("request", lambda request: watched.requests.append(request.url))
    watched.page.on("console", lambda message: watched.messages.append(message.text))
    watched.page.on("pageerror", lambda error: watched.messages.append(str(error)))
    yield watched
    context.close()
