"""The classic mistakes of pages with a captcha: what each is, how bad it is, and what to do.

Whether a page makes them is found out by probes.py, on the page itself, and by patterns.py, from
what many solves have shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from capslice.agent.audit.report.report import Weakness

Severity = Literal["high", "medium", "low"]
Result = Literal["found", "not_found", "not_tested"]


@dataclass(frozen=True)
class Mistake:
    """What a page may do wrong: `name` in one sentence, and `advice` to its owner."""

    key: str
    severity: Severity
    name: str
    advice: str

    def found(self, evidence: str) -> Weakness:
        """The page makes it."""
        return self._as(evidence, "found")

    def not_found(self, evidence: str) -> Weakness:
        """It was looked for, and this is what the page did instead."""
        return self._as(evidence, "not_found")

    def not_tested(self, why: str) -> Weakness:
        """It could not be looked for."""
        return self._as(why, "not_tested")

    def _as(self, evidence: str, result: Result) -> Weakness:
        return Weakness(
            key=self.key,
            name=self.name,
            result=result,
            severity=self.severity,
            evidence=f"{evidence[:1].upper()}{evidence[1:].removesuffix('.')}.",
            advice=self.advice,
        )


KEEP_IT = "Keep the answer on the server alone, and give the page a random id that says nothing."

ANSWER_IN_PAGE = Mistake(
    "answer_in_page", "high", "The answer stands in the page's source.", KEEP_IT
)
ANSWER_IN_COOKIE = Mistake(
    "answer_in_cookie", "high", "The answer stands in a cookie that the visitor is given.", KEEP_IT
)
ANSWER_IN_ADDRESS = Mistake(
    "answer_in_address", "high", "The answer stands in the picture's address.", KEEP_IT
)
MISSING_FIELD = Mistake(
    "missing_field",
    "high",
    "The form is accepted when the field for the answer is left out.",
    "Reject whatever comes without an answer; never check only `if` there is one.",
)
EMPTY_ANSWER = Mistake(
    "empty_answer",
    "high",
    "An empty answer is accepted.",
    "Reject an empty answer, and one to a captcha that was never issued: to many languages the "
    "two are equal.",
)
REUSED_ANSWER = Mistake(
    "reused_answer",
    "high",
    "An answer that was accepted is accepted again.",
    "Take a captcha away with the first answer that is given to it, right or wrong.",
)
FOREIGN_ANSWER = Mistake(
    "foreign_answer",
    "high",
    "The answer to the captcha of another visitor's session is accepted.",
    "Keep the answer with the session that it was issued to, and compare with that one alone.",
)
KEPT_PICTURE = Mistake(
    "kept_picture",
    "medium",
    "After a wrong answer the same picture comes again.",
    "Issue a fresh captcha after each answer, so that nobody may try the same one twice.",
)
NO_LIMIT = Mistake(
    "no_limit",
    "medium",
    "One may give as many wrong answers as one likes.",
    "Limit wrong answers by address and by account, and answer 429 from then on for a while.",
)
SAME_PICTURES = Mistake(
    "same_pictures",
    "high",
    "The same pictures are shown to several visitors.",
    "Draw each captcha afresh; a stock of pictures is answered by hand once, and then by a table.",
)
SAME_ANSWERS = Mistake(
    "same_answers",
    "medium",
    "The same answers come again more often than chance would have it.",
    "Draw answers from a cryptographic source of chance, all as probable.",
)
MISSING_CHARACTER = Mistake(
    "missing_character",
    "low",
    "A character never comes.",
    "Draw every character as often as any other: what never comes need not be told apart.",
)
UNEVEN_CHARACTERS = Mistake(
    "uneven_characters",
    "low",
    "Some characters come more often than others.",
    "Draw every character as often as any other: a guess then gains nothing.",
)

PROBED = (
    ANSWER_IN_PAGE,
    ANSWER_IN_COOKIE,
    ANSWER_IN_ADDRESS,
    MISSING_FIELD,
    EMPTY_ANSWER,
    REUSED_ANSWER,
    FOREIGN_ANSWER,
    KEPT_PICTURE,
    NO_LIMIT,
)
