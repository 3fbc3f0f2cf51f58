"""Notes what was blocked on its way to another origin, and whether it had the answer with it."""

from __future__ import annotations

import re
from contextlib import suppress

from capslice.agent.rules.carrying import hides
from capslice.agent.rules.guard import CONNECTIONS
from capslice.agent.rules.origins import Origin
from capslice.agent.rules.redaction import redacted

# Chromium's message about a WebSocket that the policy of Enforcement blocks.
SOCKET = re.compile(rf"'(wss?:[^']+)' .*{re.escape(CONNECTIONS)}")
MOST = 100  # lines that are kept
LONGEST = 2000  # characters of a message that are searched


class Blocked:
    """The blocked frames, tabs and requests of a page, without which the agent can go on.

    answer:     the answer that was typed last, or "".
    page_knows: whether the document shows into which it was typed.
    lines:      each of them in words, with its address.
    sent_away:  the origins to which a request had the answer with it.
    """

    def __init__(self) -> None:
        self.answer = ""
        self.page_knows = False
        self.lines: list[str] = []
        self.sent_away: list[str] = []

    def start_anew(self, _: object = None) -> None:
        """The page shows another document, or another captcha."""
        self.page_knows = False

    def note_document(self, url: str) -> None:
        """Note the blocked document of a frame or a tab."""
        self._note(redacted(url))

    def note_request(self, url: str, method: str, body: bytes | None = None) -> None:
        """Note a blocked request for anything but a document."""
        self._note(f"{method} {redacted(url)}")
        if self.answer and hides(self.answer, url, body):
            with suppress(ValueError):
                self.sent_away.append(str(Origin.of(re.sub("^ws", "http", url))))

    def note_message(self, text: str) -> None:
        """Note a blocked WebSocket if this message of the browser tells of one."""
        if found := SOCKET.search(text[:LONGEST]):
            self.note_request(found[1], "WebSocket")

    def _note(self, line: str) -> None:
        if line not in self.lines and len(self.lines) < MOST:
            self.lines.append(line)
