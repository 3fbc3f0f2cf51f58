"""The desk behind the page: issues captchas, keeps their answers, judges what comes back.

It knows nothing of HTTP. A captcha is known by a random id that says nothing of
its answer; the answer never leaves the desk, but for `answer_of`.
"""

from __future__ import annotations

import io
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

import numpy as np
from cachetools import TTLCache

from capslice.training.pictures import Captcha

# A picture weighs some 10 kB: the desk never keeps more than about 10 MB of them.
MOST_CAPTCHAS = 1024
# Of a PNG: enough to be taken for one, and nothing to show.
HEAD = 16


Weakness = Literal[
    "answer_in_page",  # in an attribute of the form
    "answer_in_cookie",
    "answer_in_address",  # the picture's
    "reused_answer",  # an answer holds for as long as its captcha
    "foreign_answer",  # the answer to anybody's captcha holds
    "missing_field",  # a form without the field is accepted
    "empty_answer",  # and so is an empty one
    "kept_picture",  # a wrong answer brings no other
    "few_pictures",  # ten, in turns
    "missing_digit",  # one never comes
]


@dataclass(frozen=True)
class Switches:
    """How the page departs from an honest and quick one. As they stand: not at all."""

    reject_first: int = 0  # so many submissions are rejected, whatever the answer
    reject_all: bool = False
    refuse_with: int | None = None  # submissions are answered with this HTTP status
    refuse_first: int | None = None  # only so many of them; None: all
    retry_after: int | None = None  # seconds, said in the header of a refusal
    picture_delay: float = 0.0  # seconds
    verdict_delay: float = 0.0  # seconds
    broken_pictures: bool = False  # of each PNG, only the head comes
    lifetime: float = 120.0  # seconds that a captcha is valid
    wrong_limit: int | None = None  # wrong answers within a minute, after which all get a 429
    # Mistakes that such pages make, for an audit to find.
    weaknesses: frozenset[Weakness] = frozenset()

    def refuses(self, submission: int) -> bool:
        """Whether the submission of this number, from 1, is refused unseen."""
        if self.refuse_with is None:
            return False
        return self.refuse_first is None or submission <= self.refuse_first


HONEST = Switches()
MINUTE = 60.0  # seconds
ROTATION = 10


@dataclass
class Visits:
    """What has happened on the page so far."""

    pages: int = 0  # forms shown, each with a fresh captcha
    pictures: int = 0
    accepted: int = 0
    rejected: int = 0  # for whatever reason
    user_agents: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)  # drawn, by their names
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, event: Literal["pages", "pictures", "accepted", "rejected"]) -> None:
        """One more of these."""
        with self._lock:
            setattr(self, event, getattr(self, event) + 1)

    def count_fault(self, name: str) -> None:
        """One more of these faults."""
        with self._lock:
            self.faults[name] += 1


class Verdict(Enum):
    """What became of a submission; the value is what the visitor is told."""

    RIGHT = "Your card is renewed."
    WRONG = "That is not what the picture showed. Here is another one."
    GONE = "That picture has expired or was already used. Here is a fresh one."
    EMPTY = "You did not type anything. Here is a fresh picture."
    LOST = "Your session has ended. Here is a fresh form."
    REFUSED = "The desk takes no applications from you at the moment."


@dataclass(frozen=True)
class _Issued:
    answer: str
    png: bytes


class Desk:
    """Safe to use from several threads. The same seed issues the same captchas in turn."""

    def __init__(
        self,
        captcha: Captcha,
        switches: Switches = HONEST,
        *,
        seed: int | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.captcha = captcha
        self.switches = switches
        self.visits = Visits()
        self._rng = np.random.default_rng(seed)
        self._issued: TTLCache[str, _Issued] = TTLCache(MOST_CAPTCHAS, switches.lifetime, timer)
        self._submissions = 0
        self._rotation: list[_Issued] = []
        # Of answers that were not right, for a minute each.
        self._wrong: TTLCache[int, None] = TTLCache(MOST_CAPTCHAS, MINUTE, timer)
        self._lock = threading.Lock()

    def issue(self, instead_of: str = "") -> str:
        """Draw a fresh captcha and return its id. The one that it replaces is void."""
        captcha_id = secrets.token_hex(16)
        with self._lock:
            self._issued.pop(instead_of, None)
            self._issued[captcha_id] = self._next()
        return captcha_id

    def _next(self) -> _Issued:
        weaknesses, rotation = self.switches.weaknesses, self._rotation
        if "few_pictures" in weaknesses and len(rotation) == ROTATION:
            rotation.append(rotation.pop(0))
            return rotation[-1]
        answer = self.captcha.random_text(self._rng)
        while "missing_digit" in weaknesses and self.captcha.charset[-1] in answer:
            answer = self.captcha.random_text(self._rng)
        png = io.BytesIO()
        self.captcha.draw(answer, self._rng).save(png, "PNG")
        issued = _Issued(answer, png.getvalue())
        if "few_pictures" in weaknesses:
            rotation.append(issued)
        return issued

    def picture(self, captcha_id: str) -> bytes | None:
        """The captcha's PNG, the same each time; None where it is not valid any more."""
        with self._lock:
            issued = self._issued.get(captcha_id)
        if issued is None:
            return None
        return issued.png[:HEAD] if self.switches.broken_pictures else issued.png

    def withdraw(self, captcha_id: str) -> None:
        """The captcha is not valid any more."""
        with self._lock:
            self._issued.pop(captcha_id, None)

    def judge(self, captcha_id: str, answer: str | None) -> Verdict:
        """Judge one submission, None where the form had no such field.

        Whatever comes of it, the captcha is used up (but for what is switched wrong).
        """
        with self._lock:
            issued = self._issued.pop(captcha_id, None)
            self._submissions += 1
            verdict = self._verdict(issued, answer)
            keeping = {Verdict.RIGHT: "reused_answer", Verdict.WRONG: "kept_picture"}
            if issued and keeping.get(verdict) in self.switches.weaknesses:
                self._issued[captcha_id] = issued
            if verdict is not Verdict.RIGHT:
                self._wrong[self._submissions] = None
        self.visits.count("accepted" if verdict is Verdict.RIGHT else "rejected")
        return verdict

    def _verdict(self, issued: _Issued | None, answer: str | None) -> Verdict:
        switches, weaknesses = self.switches, self.switches.weaknesses
        limit = switches.wrong_limit
        if switches.refuses(self._submissions) or (limit is not None and len(self._wrong) >= limit):
            return Verdict.REFUSED
        if issued is None:
            return Verdict.GONE
        if not answer:
            lax = "missing_field" if answer is None else "empty_answer"
            return Verdict.RIGHT if lax in weaknesses else Verdict.EMPTY
        honest = self._submissions > switches.reject_first and not switches.reject_all
        anybodys = "foreign_answer" in weaknesses and any(
            answer == other.answer for other in self._issued.values()
        )
        return Verdict.RIGHT if honest and (answer == issued.answer or anybodys) else Verdict.WRONG

    def answer_of(self, captcha_id: str) -> str:
        """For tests, and for scripts that know the answer; no page ever asks for it.

        Raises KeyError where the captcha is not valid any more.
        """
        with self._lock:
            return self._issued[captcha_id].answer
