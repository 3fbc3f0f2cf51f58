"""Where things are on a page: what the selectors of a target mean there."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from capslice.agent.page.events import WOKEN
from capslice.agent.page.exact_picture import SEEN
from capslice.agent.settings import Selectors


class Places:
    """Finds what `selectors` name on `page`, or in a frame of it.

    frame: the iframe that the captcha is in, if it is in one.
    root:  of the document that the captcha is in.
    roots: of that and of the page's own document.
    """

    def __init__(self, page: Page, selectors: Selectors) -> None:
        self.selectors = selectors
        self.frame = page.locator(selectors.frame) if selectors.frame else None
        self._inside = page.frame_locator(selectors.frame) if selectors.frame else page
        self.root = self._inside.locator(":root")
        self.roots = [page.locator(":root"), self.root] if self.frame else [self.root]
        self.woken_root = self._inside.locator(f":root[{WOKEN}]")

    def named(self, name: str) -> Locator:
        """What the selector of this name matches."""
        return self._inside.locator(getattr(self.selectors, name))

    def visible(self, name: str) -> Locator:
        """The same, as far as it can be seen."""
        return visible(self.named(name))

    def unseen(self, found: Locator) -> Locator:
        """Those of the elements found that have come since they were marked as seen."""
        return found.and_(self._inside.locator(f":not([{SEEN}])"))


def visible(found: Locator) -> Locator:
    """Of the elements found, those that can be seen."""
    return found.locator("visible=true")
