"""Random faults of real web pages, reproducible by a seed.

A fault is drawn for each response, from the faults that are possible at its endpoint:

    outer    the page around the frame, if there is one
    form     the page with the form
    another  a new captcha for a script that asks for one
    picture  the picture of a captcha
    submit   the verdict on an answer
    welcome  the page after a right answer
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from typing import Literal, get_args

import numpy as np
from flask import Response
from waitress.channel import ClientDisconnected

from capslice.errors import ServeError

Fault = Literal[
    "picture_slow",
    "picture_missing",  # 404
    "picture_truncated",  # only the first half of the file
    "picture_wrong_type",  # HTML with status 200
    "picture_replaced",  # a script replaces it soon after the page has loaded
    "same_picture",  # a refresh shows the same captcha, which stays valid
    "rerender",  # the first input event replaces the form's elements and loses the typed text
    "verdict_slow",
    "verdict_never",  # status 204: the page stays as it is, and the answer is not judged
    "session_expired",  # the form again, with a message
    "captcha_expired",  # the same, but the session stays
    "error_500",  # without any other effect: the captcha stays valid, for example
    "error_502",  # the same
    "reset",  # the connection closes without a response
    "reset_in_body",  # the connection closes in the middle of the response
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

_ANY: tuple[Fault, ...] = ("error_500", "error_502", "reset")
FAULTS_OF_ENDPOINT: dict[str, tuple[Fault, ...]] = {
    "outer": (*_ANY, "reset_in_body"),
    "form": ("picture_replaced", "same_picture", "rerender", *_ANY, "reset_in_body"),
    "another": ("same_picture", *_ANY),
    "picture": (
        "picture_slow",
        "picture_missing",
        "picture_truncated",
        "picture_wrong_type",
        *_ANY,
        "reset_in_body",
    ),
    # Without reset_in_body: browsers do not read the body of a redirect.
    "submit": ("verdict_slow", "verdict_never", "session_expired", "captcha_expired", *_ANY),
    "welcome": (*_ANY, "reset_in_body"),
}


class Faults:
    """A source of faults. Safe for several threads.

    share: the share of responses with a fault, 0 to 1, among those that can have one of `kinds`.
    seed:  each endpoint has its own sequence of faults, which depends only on the seed; None:
           another sequence each time.
    slow:  seconds that picture_slow and verdict_slow take.

    Raises ServeError for an unknown kind or a share outside 0 to 1.
    """

    def __init__(
        self,
        share: float = 0.0,
        seed: int | None = 0,
        kinds: Collection[str] = FAULTS,
        *,
        slow: float = 3.0,
    ) -> None:
        unknown = sorted(set(kinds) - set(FAULTS))
        if unknown:
            raise ServeError(f"no fault is called {unknown[0]!r}: choose from {', '.join(FAULTS)}")
        if not 0 <= share <= 1:
            raise ServeError(f"the share of faults is {share:g}: choose one from 0 to 1")
        self.share = share
        self.kinds = frozenset(kinds)
        self.slow = slow
        *seeds, delay_seed = np.random.SeedSequence(seed).spawn(len(FAULTS_OF_ENDPOINT) + 1)
        self._rngs = {
            endpoint: np.random.default_rng(own)
            for endpoint, own in zip(FAULTS_OF_ENDPOINT, seeds, strict=True)
        }
        self._delay_rng = np.random.default_rng(delay_seed)
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return self.share > 0 and bool(self.kinds)

    def draw(self, endpoint: str | None, *, never: Collection[str] = ()) -> Fault | None:
        """Draw the fault of the next response of an endpoint, except those in `never`."""
        of_endpoint = FAULTS_OF_ENDPOINT.get(endpoint or "", ())
        possible = [f for f in of_endpoint if f in self.kinds and f not in never]
        if not possible:
            return None
        with self._lock:
            chance, which = self._rngs[str(endpoint)].random(2)
        return possible[int(which * len(possible))] if chance < self.share else None

    def replacement_delay(self) -> int:
        """Draw the milliseconds, 50 to 150, after which a loaded picture is replaced."""
        with self._lock:
            return int(self._delay_rng.integers(50, 150, endpoint=True))


def truncate(response: Response, sent: int) -> Response:
    """Send only this many bytes of the body, then close the connection."""
    body = response.get_data()

    def chunks() -> Iterator[bytes]:
        yield body[:sent]
        # Waitress raises this itself if the browser has left, and closes the connection.
        raise ClientDisconnected

    response.response = chunks()
    response.content_length = len(body)
    return response
