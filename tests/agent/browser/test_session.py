"""Errors for a closed page or browser, and inside an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from capslice import (
    Reader,
    new_page,
    open_browser,
    solve,
)
from capslice.errors import (
    BrowserError,
    BrowserGone,
)
from capslice.training.mock_page import MockPage
from tests.conftest import in_a_thread, settings_for

Serve = Callable[..., MockPage]


def test_a_closed_page_or_browser(serve: Serve, reader: Reader) -> None:
    settings = settings_for(serve().url)

    def close_and_solve() -> None:
        with open_browser(settings.browser) as browser:
            page, other = new_page(browser), new_page(browser)
            page.close()
            with pytest.raises(BrowserGone, match="the page was closed"):
                solve(page, settings, reader=reader)
            browser.close()
            with pytest.raises(BrowserGone, match="the page was closed"):
                solve(other, settings, reader=reader)
            with pytest.raises(BrowserGone, match="the browser is gone"):
                new_page(browser)

    in_a_thread(close_and_solve)


def test_a_browser_inside_an_event_loop(serve: Serve) -> None:
    async def open_it() -> None:
        with open_browser(settings_for(serve().url).browser):
            pass

    with pytest.raises(BrowserError, match=r"no browser can start here .*use `solve_async`"):
        in_a_thread(asyncio.run, open_it())
