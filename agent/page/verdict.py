"""What a page says of an answer: in a message, by a status, or in a tab of its own."""

from __future__ import annotations

import functools
from enum import StrEnum

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.sync_async import result
from capslice.agent.page.elements import Places, visible
from capslice.agent.page.events import Watch
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Statuses
from capslice.errors import NoVerdict

STATUS = "performance.getEntriesByType('navigation')[0]?.responseStatus"


class Verdict(StrEnum):
    """What the page said of an answer, or that it was too unsure to be given."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"


def by_status(statuses: Statuses) -> dict[int, Verdict]:
    """What each of them means that is set."""
    return {
        **dict.fromkeys(statuses.rejected, Verdict.REJECTED),
        **dict.fromkeys(statuses.accepted, Verdict.ACCEPTED),
    }


class Hearing:
    """Waits for the verdict on one answer after another; `timeout` is in seconds.

    `telling` is what the statuses mean that `watch` looks out for.
    """

    def __init__(
        self, page: Page, places: Places, watch: Watch, telling: dict[int, Verdict], timeout: float
    ) -> None:
        self.page = page
        self.places = places
        self.watch = watch
        self.telling = telling
        self.timeout = timeout
        self._in_tabs: Verdict | None = None

    def begin(self) -> None:
        """Forget what a tab said of an earlier answer."""
        self._in_tabs = None

    async def verdict(self) -> Verdict:
        """Wait for it. Raises NoVerdict, and Playwright's own errors."""
        places, selectors = self.places, self.places.selectors
        told = places.woken_root
        if selectors.failure:
            told = told.or_(places.unseen(places.visible("failure")))
        success = places.visible("success") if selectors.success else None
        waited = told.or_(success) if success else told
        try:
            await result(waited.first.wait_for(state="attached", timeout=self.timeout * 1000))
        except PlaywrightTimeout:
            raise NoVerdict(self._nothing_said()) from None
        if self.watch.trouble:
            raise self.watch.trouble
        if self.watch.told:
            return self.telling[self.watch.told]
        if self._in_tabs:
            return self._in_tabs
        shown = await result(success.count()) if success else 0
        return Verdict.ACCEPTED if shown else Verdict.REJECTED

    async def look_in(self, tab: Page) -> None:
        """Some pages say what they think of an answer in a tab of its own."""
        selectors = self.places.selectors
        shown = {
            verdict: visible(tab.locator(selector))
            for verdict, selector in (
                (Verdict.ACCEPTED, selectors.success),
                (Verdict.REJECTED, selectors.failure),
            )
            if selector
        }
        if self.telling:
            await result(tab.wait_for_load_state("domcontentloaded"))
            self._in_tabs = self.telling.get(await result(tab.evaluate(STATUS)))
        if shown and not self._in_tabs:
            for_any = functools.reduce(lambda one, other: one.or_(other), shown.values())
            await result(for_any.first.wait_for(timeout=self.timeout * 1000))
            for verdict, found in shown.items():
                if await result(found.count()):
                    self._in_tabs = verdict
                    break
        if self._in_tabs:
            await self.watch.wake()

    def _nothing_said(self) -> str:
        selectors = self.places.selectors
        stopped = self.watch.stopped
        elsewhere = f"; stopped meanwhile: {', '.join(stopped)}" if stopped else ""
        messages = [
            f"selectors.{name} {getattr(selectors, name)!r}"
            for name in ("success", "failure")
            if getattr(selectors, name)
        ]
        if self.telling:
            messages.append(f"a status of {', '.join(map(str, self.telling))}")
        return (
            f"within {self.timeout:g} s nothing at {redacted(self.page.url)} said whether the "
            f"answer was right (looked for: {'; '.join(messages)}): correct "
            f"target.selectors{elsewhere}"
        )
