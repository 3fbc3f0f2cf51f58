"""Finds the elements of a page that the selectors of a target match."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, Page

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
        self._inside: Page | FrameLocator = page
        self.roots = [page.locator(":root")]
        for selector in filter(None, selectors.frame.split(NESTED)):
            self.frames.append(self._inside.locator(selector))
            self._inside = self._inside.frame_locator(selector)
            self.roots.append(self._inside.locator(":root"))
        self.root = self.roots[-1]
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


def visible(elements: Locator) -> Locator:
    """The visible ones among the elements."""
    return elements.locator("visible=true")
