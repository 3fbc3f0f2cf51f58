"""Finds the elements of a page that the selectors of a target match."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from capslice.agent.page.events import NOTIFIED
from capslice.agent.page.exact_picture import SEEN
from capslice.agent.page.moments import is_moment
from capslice.agent.settings import Selectors

NOTHING = ":not(*)"  # a selector that matches nothing


class Elements:
    """Locators for `selectors` on `page`, or in its captcha's frame.

    frame:         the iframe around the captcha, or None.
    root:          the root element of the captcha's document.
    roots:         the root elements of the page's document and the captcha's document.
    notified_root: `root`, as soon as PageEvents has notified a waiter.
    """

    def __init__(self, page: Page, selectors: Selectors) -> None:
        self.selectors = selectors
        self.frame = page.locator(selectors.frame) if selectors.frame else None
        self._inside = page.frame_locator(selectors.frame) if selectors.frame else page
        self.root = self._inside.locator(":root")
        self.roots = [page.locator(":root"), self.root] if self.frame else [self.root]
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
