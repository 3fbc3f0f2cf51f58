"""What the captcha page shows at one moment: its messages, and what no element shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from msgspec import Struct, field
from playwright.sync_api import Page

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.time_limit import limited_synchronously
from capslice.agent.discovery.form import Form
from capslice.agent.discovery.words import CLEAR, score, split_words
from capslice.agent.page.elements import document_of
from capslice.agent.page.moments import ADDRESS, ALERT, COOKIE, DOWNLOAD

LETTER = re.compile(r"[^\W\d_]")
LETTERS = re.compile(r"[^\W\d_]{4,}")  # a counter, a clock or "3 of 5" has fewer in a row


class Message(Struct, frozen=True):
    """A text or a field's state as survey.js describes it, or what no element shows."""

    selectors: tuple[str, ...]  # that would match it on any page
    attributes: str  # id, classes, role
    text: str
    has_words: bool = field(name="hasWords")  # not only digits and punctuation
    clickable: bool
    is_state: bool = field(name="isState", default=False)  # of a field, and no text


@dataclass(frozen=True)
class Snapshot:
    """What a page shows at one moment.

    status:     the HTTP status of the last response to the answer; None: there was none.
    has_form:   whether the page has the captcha's input.
    passing:    what the page showed on the way there, and no longer shows.
    is_waiting: whether the page says that its verdict is still to come.
    """

    messages: tuple[Message, ...]
    status: int | None = None
    has_form: bool = True
    passing: tuple[Message, ...] = ()
    is_waiting: bool = False

    @property
    def everything(self) -> tuple[Message, ...]:
        """The messages, and what passed."""
        return self.messages + self.passing

    @property
    def selectors(self) -> set[str]:
        """The selectors of all that was shown."""
        return {selector for message in self.everything for selector in message.selectors}


def is_waiting(message: Message) -> bool:
    """Whether a text says that the verdict is still to come, as "Checking your answer" does."""
    text = split_words(message.text)
    return score(text, "waiting")[0] > 0 and score(text, "failure")[0] < CLEAR


def is_too_fast(message: Message) -> bool:
    """Whether a text says that an answer came too soon after the page was shown."""
    return score(split_words(message.text), "too_fast")[0] > 0


def moments(seen: Iterable[str], url: str) -> Iterator[Message]:
    """Describe what no element shows as messages: alerts, cookies, downloads, and addresses.

    An address counts if it has another path than the form's at `url`, and of a cookie the name.
    """
    for moment in dict.fromkeys(seen):
        kind, _, content = moment.partition("=")
        if moment.startswith(ADDRESS):
            part = urlsplit(content).path
            if part in ("", "/", urlsplit(url).path):
                continue
        elif moment.startswith(COOKIE):
            part = content.partition("=")[0] + "="
        else:
            # Numbers in a message may differ the next time.
            part = max(re.split(r"\d+|\n", content), key=len).strip()
        is_short = moment.startswith(ALERT) and part == content
        has_words = part.upper() != part.lower() if is_short else bool(LETTERS.search(part))
        text = content if moment.startswith((ALERT, DOWNLOAD)) else part
        yield Message((f"{kind}={part}",), kind, text, has_words, False)


def texts(snapshot: Snapshot) -> set[str]:
    """The texts of all that was shown, without their digits."""
    return {without_digits(message.text) for message in snapshot.everything}


def without_digits(text: str) -> str:
    """Return a text in which a counter or a clock makes no difference."""
    return re.sub(r"\d+", "#", text)


def snapshot_of(page: Page, form: Form) -> Snapshot:
    """Take a snapshot of the captcha's document. Raises Playwright's errors."""
    with limited_synchronously(page):
        document = document_of(page, form.selector("frame"))
        messages = document.locator(":root").evaluate(function(__package__, "messages"))
        has_form = document.locator(form.selector("input")).count() > 0
    return Snapshot(checked(messages, tuple[Message, ...]), has_form=has_form)
