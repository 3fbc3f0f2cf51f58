"""Tells the requests that a submit caused from all others that the page makes.

Many pages send requests of their own: a heartbeat, a draft while someone types, statistics. Only
the responses to what the submit caused say whether the answer was right.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Request

from capslice.agent.rules.carrying import carries

DOCUMENT = "document"
# The types of requests that can submit an answer; a beacon has no response that anyone sees.
TYPES = (DOCUMENT, "xhr", "fetch", "script")
READING = ("GET", "HEAD")


class Submission:
    """The requests of the last submit. A request belongs to it that began after `begin` and

    - carries the answer in its address or body, or is the redirect of such a request,
    - posts a form of the page itself, or
    - loads a document after one of these, in the same frame or in a page of its own.

    The agent does not recognise an answer that a script of the page encrypts.

    `verdict_statuses` are the HTTP statuses that say whether an answer was right.

    pending:  the requests that have no response so far.
    statuses: the HTTP statuses of the responses, in their order.
    moved:    the requests whose response only leads to another address.
    """

    def __init__(self, verdict_statuses: Collection[int]) -> None:
        self.verdict_statuses = verdict_statuses
        self.pending: set[Request] = set()
        self.statuses: list[int] = []
        self.moved: set[Request] = set()
        self._is_running = self._expects_document = self._in_boxes = False
        self._answer = ""
        self._requests: set[Request] = set()
        self._frames: set[Frame | None] = set()
        self._usual: set[tuple[str, str]] = set()

    def begin(self, answer: str, *, in_boxes: bool = False) -> None:
        """Watch for the requests that send this answer; `in_boxes` if each character has a field.

        If the answer is empty, all requests count that could submit something.
        """
        self.end()
        self._is_running, self._answer, self._in_boxes = True, answer, in_boxes

    def begin_with_document(self) -> None:
        """The next document of the page is the response to a submit."""
        self.end()
        self._is_running = self._expects_document = True

    def end(self) -> None:
        """Forget the requests: those that follow belong to no submit."""
        self._is_running = self._expects_document = False
        self.statuses = []
        for requests in (self.pending, self.moved, self._requests, self._frames):
            requests.clear()

    def includes(self, request: Request) -> bool:
        """Whether the submit caused this request."""
        return request in self._requests

    def is_unusual(self, request: Request) -> bool:
        """Whether the request may submit something, and is unlike all before the submit."""
        may_submit = self._is_running and request.method not in READING
        return may_submit and address_of(request) not in self._usual

    @property
    def verdicts(self) -> list[int]:
        """The statuses that are verdicts, as soon as all responses are there."""
        told = [status for status in self.statuses if status in self.verdict_statuses]
        return [] if self.pending else told

    def note(self, request: Request) -> None:
        """Note a request that the page just began."""
        if not self._is_running:
            self._usual.add(address_of(request))
        elif self._belongs(request):
            self._requests.add(request)
            self.pending.add(request)
            self._frames.add(frame_of(request))

    def _belongs(self, request: Request) -> bool:
        kind, redirected = request.resource_type, request.redirected_from
        if kind not in TYPES:
            return False
        if redirected is not None and redirected in self._requests:
            return True
        if self._answer and carries(
            self._answer, request.url, request.post_data_buffer, in_boxes=self._in_boxes
        ):
            return True
        may_submit = request.method not in READING
        if kind != DOCUMENT or (may_submit and not self._answer):
            return may_submit and not self._answer
        frame = frame_of(request)
        is_page = frame is None or frame.parent_frame is None
        if is_page and (may_submit or self._expects_document):
            return True
        return bool(self._requests) and (is_page or frame in self._frames)


def frame_of(request: Request) -> Frame | None:
    """The frame that made a request; None if it is the request of a tab that is just opening."""
    with suppress(PlaywrightError):
        return request.frame
    return None


def address_of(request: Request) -> tuple[str, str]:
    """What stays the same when a page asks again: the method, and the address without its query."""
    return request.method, request.url.partition("?")[0]
