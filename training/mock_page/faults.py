"""What goes wrong on real pages, by chance that can be had again: the same seed, the same faults.

A fault is drawn for each answer of the server, from those that an answer of its kind can
have. The kinds of answers are the endpoints of the page:

    outer    the page around the frame, where there is one
    form     the form, as a page
    another  a fresh captcha alone, as a script asks for it
    picture
    submit   what becomes of a submission; unless it is met by one of these, it is judged
    welcome  what comes after a right answer
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
    "picture_truncated",  # the first half of the file
    "picture_wrong_type",  # HTML, with a 200
    "picture_replaced",  # a moment after the page has loaded; only the new captcha is valid
    "same_picture",  # a refresh brings the captcha that was there, which stays valid
    "rerender",  # the first input event replaces the form's elements, and what was typed is lost
    "verdict_slow",
    "verdict_never",  # a 204: the page stays as it was, and the answer was not looked at
    "session_expired",  # the form once more, with a message that says so
    "captcha_expired",  # the same; the session stays
    "error_500",  # nothing else is done: the captcha, say, is not used up
    "error_502",  # the same
    "reset",  # the connection is closed without an answer
    "reset_in_body",  # it is closed in the middle of one
]
ALL: tuple[Fault, ...] = get_args(Fault)

_ANY: tuple[Fault, ...] = ("error_500", "error_502", "reset")
OF: dict[str, tuple[Fault, ...]] = {
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
    # Nobody reads the body of a redirect, so that nobody would miss half of it.
    "submit": ("verdict_slow", "verdict_never", "session_expired", "captcha_expired", *_ANY),
    "welcome": (*_ANY, "reset_in_body"),
}


class Faults:
    """A source of faults. Safe to use from several threads.

    share: of the answers that can have one of `kinds`, how many do, 0 to 1.
    seed:  each kind of answer has its own sequence of faults, which depends on this alone;
           None: another each time.
    slow:  seconds that picture_slow and verdict_slow take.

    Raises ServeError for a kind or a share that cannot be.
    """

    def __init__(
        self,
        share: float = 0.0,
        seed: int | None = 0,
        kinds: Collection[str] = ALL,
        *,
        slow: float = 3.0,
    ) -> None:
        unknown = sorted(set(kinds) - set(ALL))
        if unknown:
            raise ServeError(f"no fault is called {unknown[0]!r}: choose from {', '.join(ALL)}")
        if not 0 <= share <= 1:
            raise ServeError(f"a share of {share:g} faults cannot be: choose one from 0 to 1")
        self.share = share
        self.kinds = frozenset(kinds)
        self.slow = slow
        *seeds, moments = np.random.SeedSequence(seed).spawn(len(OF) + 1)
        self._chances = {
            answer: np.random.default_rng(own) for answer, own in zip(OF, seeds, strict=True)
        }
        self._moments = np.random.default_rng(moments)
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return self.share > 0 and bool(self.kinds)

    def draw(self, answer: str | None, *, never: Collection[str] = ()) -> Fault | None:
        """The fault of the next answer of this kind; `never` are those that it cannot have."""
        possible = [f for f in OF.get(answer or "", ()) if f in self.kinds and f not in never]
        if not possible:
            return None
        with self._lock:
            whether, which = self._chances[str(answer)].random(2)
        return possible[int(which * len(possible))] if whether < self.share else None

    def moment(self) -> int:
        """When a picture is replaced: milliseconds after the page has loaded, 50 to 150."""
        with self._lock:
            return int(self._moments.integers(50, 150, endpoint=True))


def cut(response: Response, sent: int) -> Response:
    """The response, of which only so many bytes come before the connection is closed."""
    body = response.get_data()

    def chunks() -> Iterator[bytes]:
        yield body[:sent]
        # What waitress itself raises where the browser is gone, and answers by closing.
        raise ClientDisconnected

    response.response = chunks()
    response.content_length = len(body)
    return response
