"""Watches a page until it has shown its verdict on an answer, and not only that it checks it."""

from __future__ import annotations

import time
from dataclasses import replace

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Request

from capslice.agent.discovery.form import Form
from capslice.agent.discovery.snapshots import Message, Snapshot, is_waiting, moments, snapshot_of
from capslice.agent.discovery.words import CLEAR, score, split_words
from capslice.agent.page.events import PageEvents
from capslice.agent.page.submission import DOCUMENT, TYPES, address_of

INTERVAL = 0.2  # seconds between two snapshots of the page
SETTLED = 3  # equal snapshots in a row after which words of a verdict are the verdict
SILENT = 10  # the same, if there are none


class Watch:
    """Watches `page`, from before it is opened, until it shows the verdict on an answer.

    It waits on while the page has a request open that it began after the submit. A script's
    request does not count if the page had asked the same address before, as a heartbeat does.

    tab: the page that shows the verdict, which may be a new tab.
    """

    def __init__(self, page: Page, form: Form, timeout: float) -> None:
        self.tab = page
        self._page = page
        self._form = form
        self._timeout = timeout
        self._is_submitted = False
        self._has_news = False  # whether a request began or ended since the last look
        self._usual: set[tuple[str, str]] = set()
        self._open: set[Request] = set()
        page.context.on("request", self._on_request)
        page.context.on("requestfinished", self._on_end)
        page.context.on("requestfailed", self._on_end)

    def submitted(self) -> None:
        """From now on, requests may bring the verdict."""
        self._is_submitted = True

    def until_settled(self, before: Snapshot, events: PageEvents) -> Snapshot:
        """Return what the page shows when it has settled, or after `timeout` seconds.

        `before` is what it showed before the submit, and `events` are its events since then.
        """
        end = time.monotonic() + self._timeout
        last, equal, seen = before, 0, dict.fromkeys(before.messages)
        known, is_waiting_now = set(before.messages), False
        while time.monotonic() < end:
            self._page.wait_for_timeout(1000 * INTERVAL)
            self.tab = self._page.context.pages[-1]
            status = next(reversed(events.submission.statuses), None)
            try:
                now = replace(snapshot_of(self.tab, self._form), status=status)
            except PlaywrightError:
                continue  # the page is navigating
            seen |= dict.fromkeys(now.messages)
            new = [each for each in now.messages if each not in known]
            is_waiting_now = any(map(is_waiting, new))
            is_busy = events.submission.pending or self._has_requests() or is_waiting_now
            equal = equal + 1 if now == last and not is_busy else 0
            has_changed = now.selectors != before.selectors
            has_answered = has_changed or status is not None or events.moments.seen
            last = now
            if equal >= (SETTLED if _has_words_of_a_verdict(new) else SILENT) and has_answered:
                break
        gone = (each for each in seen if each not in (*before.messages, *last.messages))
        passing = (*gone, *moments(events.moments.seen, self._page.url))
        return replace(last, passing=passing, is_waiting=is_waiting_now)

    def _on_request(self, request: Request) -> None:
        address = address_of(request)
        if not self._is_submitted:
            self._usual.add(address)
        elif request.resource_type == DOCUMENT or (
            request.resource_type in TYPES and address not in self._usual
        ):
            self._open.add(request)
            self._has_news = True

    def _on_end(self, request: Request) -> None:
        if request in self._open:
            self._open.discard(request)
            self._has_news = True

    def _has_requests(self) -> bool:
        """Whether a request is open, or one began or ended since the last call."""
        had_news, self._has_news = self._has_news, False
        return had_news or bool(self._open)


def _has_words_of_a_verdict(new: list[Message]) -> bool:
    text = split_words(" ".join(f"{each.attributes} {each.text}" for each in new))
    return max(score(text, "success")[0], score(text, "failure")[0]) > CLEAR
