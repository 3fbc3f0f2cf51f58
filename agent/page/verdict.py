"""Finds out if the page accepted an answer: by a message, an HTTP status or a new tab."""

from __future__ import annotations

import functools
from contextlib import suppress
from enum import StrEnum

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.sync_async import result
from capslice.agent.page.elements import Elements, visible
from capslice.agent.page.events import PageEvents
from capslice.agent.page.moments import ADDRESS, is_moment, is_named
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Statuses
from capslice.errors import ConfigurationError, NoVerdict, one_line

INVALID_FIELDS = function(__package__, "invalidFields")


class Verdict(StrEnum):
    """The page's verdict on an answer; UNSURE if the agent was too unsure to submit one."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"


def verdicts_by_status(statuses: Statuses) -> dict[int, Verdict]:
    """The verdict that each configured HTTP status stands for."""
    return {
        **dict.fromkeys(statuses.rejected, Verdict.REJECTED),
        **dict.fromkeys(statuses.accepted, Verdict.ACCEPTED),
    }


class VerdictDetector:
    """Waits for the verdict on each answer, for `timeout` seconds at most.

    `by_status` has the verdict for each HTTP status that `events` looks for.
    """

    def __init__(
        self,
        page: Page,
        elements: Elements,
        events: PageEvents,
        by_status: dict[int, Verdict],
        timeout: float,
    ) -> None:
        self.page = page
        self.elements = elements
        self.events = events
        self.by_status = by_status
        self.timeout = timeout
        self._in_tab: Verdict | None = None

    def reset(self) -> None:
        """Forget the verdict that a tab showed on an earlier answer."""
        self._in_tab = None

    async def check_success_is_hidden(self) -> None:
        """Raises ConfigurationError if selectors.success is visible before an answer is sent."""
        selector, url = self.elements.selectors.success, redacted(self.page.url)
        shown = await result(self.elements.visible("success").count()) if selector else 0
        if shown or is_named(f"{ADDRESS}{self.page.url}", selector):
            raise ConfigurationError(
                f"selectors.success {selector!r} is visible at {url} before an answer is "
                "submitted, so it cannot show that an answer was right: correct the selector, or, "
                "if an earlier answer was accepted there, open the page in a new session"
            )

    async def wait(self) -> Verdict:
        """Wait for the verdict. Raises NoVerdict, and Playwright's own errors."""
        elements, selectors = self.elements, self.elements.selectors
        signs = elements.notified_root
        success = elements.visible("success") if selectors.success else None
        failure = elements.unseen(elements.visible("failure")) if selectors.failure else None
        for sign in filter(None, (success, failure)):
            signs = signs.or_(sign)
        try:
            await result(signs.first.wait_for(state="attached", timeout=self.timeout * 1000))
        except PlaywrightTimeout:
            refusals = (error for kind, error in self.events.refusals.items() if kind != "image")
            stopped_by = await self._invalid_fields()
            raise next(refusals, NoVerdict(self._no_verdict_message(stopped_by))) from None
        if self.events.error:
            raise self.events.error
        self.events.check_addresses()
        if verdicts := {self.by_status[each] for each in self.events.submission.verdicts}:
            return Verdict.REJECTED if Verdict.REJECTED in verdicts else Verdict.ACCEPTED
        if self.events.moments.show(selectors.failure):
            return Verdict.REJECTED
        if self.events.moments.show(selectors.success):
            return Verdict.ACCEPTED
        if self._in_tab:
            return self._in_tab
        shown = []
        for message, verdict in ((success, Verdict.ACCEPTED), (failure, Verdict.REJECTED)):
            count = await result(message.count()) if message else 0
            shown += [verdict] if count else []
        if len(shown) == 1:
            return shown[0]
        url = redacted(self.page.url)
        raise NoVerdict(
            f"{url} shows selectors.success {selectors.success!r} and selectors.failure "
            f"{selectors.failure!r} at once, so nothing says whether the answer was right: correct "
            "target.selectors"
            if shown
            else f"a message at {url} was gone before it could be read"
        )

    async def check_tab(self, tab: Page) -> None:
        """Look for the verdict in a tab that the page opened."""
        selectors = self.elements.selectors
        messages = {
            verdict: visible(tab.locator(selector))
            for verdict, selector in (
                (Verdict.ACCEPTED, selectors.success),
                (Verdict.REJECTED, selectors.failure),
            )
            if selector and not is_moment(selector)
        }
        if messages:
            any_message = functools.reduce(lambda one, other: one.or_(other), messages.values())
            await result(any_message.first.wait_for(timeout=self.timeout * 1000))
            for verdict, message in messages.items():
                if await result(message.count()):
                    self._in_tab = verdict
                    break
        if self._in_tab and self.events.guard.may_show(tab.url):
            await self.events.notify()

    async def _invalid_fields(self) -> list[str]:
        """The names of the fields because of which the browser may not have sent the form."""
        submission = self.events.submission
        if not submission.statuses and not submission.pending:
            with suppress(PlaywrightError):
                root, milliseconds = self.elements.root, self.timeout * 1000
                found = await result(root.evaluate(INVALID_FIELDS, timeout=milliseconds))
                return checked(found, list[str])
        return []

    def _no_verdict_message(self, stopped_by: list[str]) -> str:
        selectors, blocked = self.elements.selectors, self.events.blocked.lines
        signs = [
            f"selectors.{name} {getattr(selectors, name)!r}"
            for name in ("success", "failure")
            if getattr(selectors, name)
        ]
        if self.by_status:
            statuses = ", ".join(map(str, self.by_status))
            signs.append(f"a status of {statuses} in response to the answer")
        if stopped_by:
            return (
                f"the browser does not send the form at {redacted(self.page.url)}, because these "
                f"fields are empty or wrong: {', '.join(map(one_line, stopped_by))}: fill them in "
                "by steps of target.before"
            )
        also_blocked = f"; blocked meanwhile: {', '.join(blocked)}" if blocked else ""
        return (
            f"within {self.timeout:g} s nothing at {redacted(self.page.url)} said whether the "
            f"answer was right (looked for: {'; '.join(signs)}): correct "
            f"target.selectors{also_blocked}"
        )
