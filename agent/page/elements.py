"""Finds the elements of a page that the selectors of a target match."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import FrameLocator, Locator, Page

from capslice.agent.browser.time_limit import limited_synchronously
from capslice.agent.page.events import NOTIFIED
from capslice.agent.page.exact_picture import SEEN
from capslice.agent.page.moments import is_moment
from capslice.agent.settings import Selectors

NESTED = " >>> "  # between the selectors of an iframe and of another in it
NOTHING = ":not(*)"  # a selector that matches nothing


class Elements:
    """Locators for `selectors` on `page`, or in its captcha's frame.

    frames:        the iframes around the captcha, from the outer one to the inner one.
    root:          the root element of the captcha's document.
    roots:         the root elements of the page's document and of those in `frames`.
    notified_root: `root`, as soon as PageEvents has notified a waiter.
    """

    def __init__(self, page: Page, selectors: Selectors) -> None:
        self.selectors = selectors
        self.frames: list[Locator] = []
        self.roots = [page.locator(":root")]
        names = selectors.frame.split(NESTED) if selectors.frame else []
        for depth, name in enumerate(names):
            outer = inside(page, NESTED.join(names[:depth]))
            self.frames.append(outer.locator(name))
            self.roots.append(outer.frame_locator(name).locator(":root"))
        self.root = self.roots[-1]
        self._inside = inside(page, selectors.frame)
        self.notified_root = self._inside.locator(f":root[{NOTIFIED}]")

    def locator(self, name: str) -> Locator:
        """The elements that the selector with this name matches."""
        selector = getattr(self.selectors, name)
        return self._inside.locator(NOTHING if is_moment(selector) else selector)

    def visible(self, name: str) -> Locator:
        """The visible ones among them."""
        return visible(self.locator(name))

    def unseen(self, elements: Locator) -> Locator:
        """Those of the elements that are not marked as seen."""
        return elements.and_(self._inside.locator(f":not([{SEEN}])"))


def inside(page: Page, frame: str) -> Page | FrameLocator:
    """The document in the frame that the selector names, or in the innermost of nested ones."""
    document: Page | FrameLocator = page
    for name in frame.split(NESTED) if frame else ():
        document = document.frame_locator(name)
    return document


def visible(elements: Locator) -> Locator:
    """The visible ones among the elements."""
    return elements.locator("visible=true")


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
