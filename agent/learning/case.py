"""Finds out whether the site minds case: sends readings that are surely right in the other case."""

from __future__ import annotations

from typing import Literal

from capslice.agent.learning.answers import Answer, accepted, read_answers
from capslice.agent.learning.folder import LearningFolder
from capslice.agent.reading.reader import Reader, Reading
from capslice.models.intervals import Rate

MOST = 8  # answers in the other case
ACCEPTED = 2  # so many accepted mean that the site ignores case; one might be a misreading
# So many, all rejected, mean that it minds case: if it ignored case, that would happen to less than
# one site in a thousand, because at least SURE of such readings are right.
REJECTED = 5
SURE = 0.75
ENOUGH = 20  # answers that show how sure a reading has to be
MOST_SESSIONS = 40  # in search of sure readings
LETTERS = 2  # that the other case has to change


class OtherCase(Reader):
    """Reads with the same model, and gives the text in the other case."""

    def read_content(self, content: bytes, source: str) -> Reading:
        """Read a picture; the confidence is 0 if the text has hardly a letter."""
        reading = super().read_content(content, source)
        other = reading.text.swapcase()
        confidence = reading.confidence if has_letters(reading.text) else 0.0
        return Reading(other, reading.probabilities, confidence, other)


def has_letters(text: str) -> bool:
    """Whether the other case changes enough characters to tell."""
    return sum(a != b for a, b in zip(text, text.swapcase(), strict=False)) >= LETTERS


def found_case(folder: LearningFolder) -> Literal["fold", "keep"] | None:
    """`fold` if the site ignores case, `keep` if it minds it, None if that is not known yet."""
    answers = read_answers(folder.case_journal)
    right = accepted(answers)
    if right >= ACCEPTED:
        return "fold"
    done = len(answers) >= MOST or (len(answers) >= REJECTED and not right)
    return "keep" if done else None


def sure_enough(answers: list[Answer]) -> float | None:
    """The least confidence from which answers are nearly always accepted; None if there is none.

    Answers without letters tell nothing.
    """
    answers = [answer for answer in answers if has_letters(answer.text)]
    for least in sorted({answer.confidence for answer in answers}):
        sure = [answer for answer in answers if answer.confidence >= least]
        right, of = accepted(sure), len(sure)
        # The interval begins below the rate, and takes longer to compute.
        if of >= ENOUGH and right >= SURE * of and Rate(right, of).interval[0] >= SURE:
            return least
    return None
