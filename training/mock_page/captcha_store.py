"""Issues captchas, stores their answers and judges the answers that visitors send.

This module does not know about HTTP. Each captcha has a random id that reveals nothing about the
answer. Only `answer_of` gives an answer out.
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

from capslice.errors import DrawingError
from capslice.models.sums import value
from capslice.training.mock_page.moving import moving
from capslice.training.pictures import Captcha

# A picture has about 10 kB, a moving one 30, so that the store never holds more than about 30 MB.
MOST_CAPTCHAS = 1024
# The bytes of a broken picture: enough to recognise the format, too few to show anything.
HEAD = 16


Weakness = Literal[
    "answer_in_page",  # in a comment beside the picture
    "answer_in_cookie",
    "answer_in_address",  # in the URL of the picture
    "checksum_in_page",  # the sum of the answer's character codes, beside the picture
    "same_outlines",  # the picture is an SVG with a path of its own for each character
    "answer_sent_away",  # a script also sends the answer to another origin
    "redrawn_answer",  # a refresh draws the same answer again
    "reused_answer",  # an answer is accepted again until its captcha expires
    "foreign_answer",  # the answer to another visitor's captcha is accepted
    "missing_field",  # a form without the answer's field is accepted
    "empty_answer",  # an empty answer is accepted
    "wrong_answer",  # any answer is accepted
    "kept_picture",  # the same captcha is shown again after a wrong answer
    "few_pictures",  # only ten pictures, shown in turn
    "missing_digit",  # one character never appears
]


@dataclass(frozen=True)
class Switches:
    """What the page asks for, and how it misbehaves.

    By default it asks for the text of a still picture, is correct, and answers at once.
    """

    sum: bool = False  # the text is a sum, and the answer is its value
    ignore_case: bool = False  # small and capital letters are the same
    gif: bool = False  # pictures are animated, and no frame shows everything
    reject_first: int = 0  # reject this many answers first, right or wrong
    reject_all: bool = False
    refuse_with: int | None = None  # answer submissions with this HTTP status
    refuse_first: int | None = None  # refuse only this many submissions; None: all
    retry_after: int | None = None  # seconds in the Retry-After header of a refusal
    picture_delay: float = 0.0  # seconds
    verdict_delay: float = 0.0  # seconds
    broken_pictures: bool = False  # serve only the first bytes of each picture
    lifetime: float = 120.0  # seconds that a captcha is valid
    wrong_limit: int | None = None  # wrong answers in a minute before all answers get a 429
    weaknesses: frozenset[Weakness] = frozenset()  # for an audit to find

    def refuses(self, submission: int) -> bool:
        """Return whether submission number `submission`, from 1, is refused unread."""
        if self.refuse_with is None:
            return False
        return self.refuse_first is None or submission <= self.refuse_first


CORRECT = Switches()
MINUTE = 60.0  # seconds
ROTATION = 10


@dataclass
class Visits:
    """Counts of what has happened on the page."""

    pages: int = 0  # forms shown, each with a new captcha
    pictures: int = 0
    accepted: int = 0
    rejected: int = 0  # for any reason
    user_agents: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)  # by name
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, event: Literal["pages", "pictures", "accepted", "rejected"]) -> None:
        """Count one event."""
        with self._lock:
            setattr(self, event, getattr(self, event) + 1)

    def count_fault(self, name: str) -> None:
        """Count one fault of this name."""
        with self._lock:
            self.faults[name] += 1


class Verdict(Enum):
    """The result of a submission; the value is the message to the visitor."""

    RIGHT = "Your card is renewed."
    WRONG = "That is not what the picture showed. Please try another one."
    GONE = "That picture has expired or was already used. Here is a new one."
    EMPTY = "You did not type anything. Here is a new picture."
    LOST = "Your session has ended. Here is a new form."
    REFUSED = "We cannot take your request at the moment."


@dataclass(frozen=True)
class _Issued:
    text: str  # in the picture
    answer: str
    picture: bytes


class CaptchaStore:
    """Captchas that are valid at the moment, and their answers. Safe for several threads.

    captcha:  draws the pictures.
    switches: the ways in which the store misbehaves.
    seed:     the same seed issues the same captchas in the same order; None: random ones.
    timer:    the clock in seconds by which captchas expire.

    Raises DrawingError if it should ask for sums and the captcha shows none.
    """

    def __init__(
        self,
        captcha: Captcha,
        switches: Switches = CORRECT,
        *,
        seed: int | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.captcha = captcha
        self.switches = switches
        self.visits = Visits()
        if switches.sum:
            self._value(captcha.random_text(np.random.default_rng(seed)))
        self._rng = np.random.default_rng(seed)
        self._issued: TTLCache[str, _Issued] = TTLCache(MOST_CAPTCHAS, switches.lifetime, timer)
        self._submissions = 0
        self._rotation: list[_Issued] = []
        # The number of each submission that was not right, kept for a minute.
        self._wrong: TTLCache[int, None] = TTLCache(MOST_CAPTCHAS, MINUTE, timer)
        self._lock = threading.Lock()

    def issue(self, instead_of: str = "") -> str:
        """Draw a new captcha and return its id. The captcha `instead_of` is no longer valid."""
        captcha_id = secrets.token_hex(16)
        with self._lock:
            old = self._issued.pop(instead_of, None)
            if old and "redrawn_answer" in self.switches.weaknesses:
                self._issued[captcha_id] = self._issue_text(old.text)
            else:
                self._issued[captcha_id] = self._next()
        return captcha_id

    def _next(self) -> _Issued:
        weaknesses, rotation = self.switches.weaknesses, self._rotation
        if "few_pictures" in weaknesses and len(rotation) == ROTATION:
            rotation.append(rotation.pop(0))
            return rotation[-1]
        text = self.captcha.random_text(self._rng)
        while "missing_digit" in weaknesses and self.captcha.charset[-1] in text:
            text = self.captcha.random_text(self._rng)
        issued = self._issue_text(text)
        if "few_pictures" in weaknesses:
            rotation.append(issued)
        return issued

    def _issue_text(self, text: str) -> _Issued:
        answer = self._value(text) if self.switches.sum else text
        return _Issued(text, answer, self._drawn(text))

    def _drawn(self, text: str) -> bytes:
        image = self.captcha.draw(text, self._rng)
        if self.switches.gif:
            return moving(np.asarray(image.convert("L")), self._rng)
        png = io.BytesIO()
        image.save(png, "PNG")
        return png.getvalue()

    def _value(self, text: str) -> str:
        result = value(text)
        if result is None:
            raise DrawingError(
                f"the captcha {self.captcha.name!r} shows {text!r}, which is no sum: choose `sums`"
            )
        return str(result)

    @property
    def format(self) -> str:
        """The format of all pictures: `png` or `gif`."""
        return "gif" if self.switches.gif else "png"

    def picture(self, captcha_id: str) -> bytes | None:
        """Return the captcha's file, the same each time, or None if it is no longer valid."""
        with self._lock:
            issued = self._issued.get(captcha_id)
        if issued is None:
            return None
        return issued.picture[:HEAD] if self.switches.broken_pictures else issued.picture

    def withdraw(self, captcha_id: str) -> None:
        """End the validity of a captcha."""
        with self._lock:
            self._issued.pop(captcha_id, None)

    def judge(self, captcha_id: str, answer: str | None) -> Verdict:
        """Judge a submission; `answer` is None if the form had no such field.

        A captcha is valid for one submission, unless a weakness keeps it.
        """
        with self._lock:
            issued = self._issued.pop(captcha_id, None)
            self._submissions += 1
            verdict = self._verdict(issued, answer)
            kept_by = {Verdict.RIGHT: "reused_answer", Verdict.WRONG: "kept_picture"}
            if issued and kept_by.get(verdict) in self.switches.weaknesses:
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
            weakness = "missing_field" if answer is None else "empty_answer"
            return Verdict.RIGHT if weakness in weaknesses else Verdict.EMPTY
        if self._submissions <= switches.reject_first or switches.reject_all:
            return Verdict.WRONG
        if "wrong_answer" in weaknesses:
            return Verdict.RIGHT
        valid = [issued, *self._issued.values()] if "foreign_answer" in weaknesses else [issued]
        is_right = any(self._folded(answer) == self._folded(each.answer) for each in valid)
        return Verdict.RIGHT if is_right else Verdict.WRONG

    def _folded(self, answer: str) -> str:
        return answer.casefold() if self.switches.ignore_case else answer

    def answer_of(self, captcha_id: str) -> str:
        """Return the answer to a captcha, for tests and for the weaknesses that leak it.

        Raises KeyError if the captcha is no longer valid.
        """
        with self._lock:
            return self._issued[captcha_id].answer
