"""Tries the selectors of messages on pages whose state is known."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import FrameLocator, Page

from capslice.agent.browser.time_limit import limited_synchronously
from capslice.agent.page.elements import NESTED, inside, visible


def document_of(page: Page, frame: str) -> Page | FrameLocator:
    """Return the captcha's frame if the page has it; a new tab shows the verdict without it."""
    outer = frame.partition(NESTED)[0]
    return inside(page, frame) if frame and page.locator(outer).count() else page


def is_visible(page: Page, frame: str, selector: str) -> bool:
    """Whether a solve would see the selector on this page. Raises Playwright's errors."""
    with limited_synchronously(page):
        return visible(document_of(page, frame).locator(selector)).count() > 0


def is_visible_anywhere(pages: Iterable[Page], frame: str, selector: str) -> bool:
    """Whether the selector is visible on one of the pages, or cannot be tried on one of them."""
    try:
        return any(is_visible(page, frame, selector) for page in pages)
    except PlaywrightError:
        return True
