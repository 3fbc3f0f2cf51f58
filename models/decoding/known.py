"""What is known of an answer before its picture is read: length, characters and case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from capslice.models.card import LONGEST, MOST_CHARACTERS

# keep:         letters are answered as they are read.
# fold, lower:  the probabilities of texts that differ in case alone are added; answers have small
#               letters. With fold, an evaluation ignores the case of labels as well.
# upper:        the same with capital letters.
Case = Literal["keep", "fold", "lower", "upper"]

_LENGTH = re.compile(r"\s*(\d{1,3})\s*(?:-\s*(\d{1,3})\s*)?")


@dataclass(frozen=True)
class Known:
    """What is known of the answer; None means no more than the model's card says.

    shortest, longest: the range of the number of characters, both included; at least 1.
    characters:        the characters that it can have.
    case:              what is done about capital and small letters; see `Case`.
    """

    shortest: int | None = None
    longest: int | None = None
    characters: str | None = None
    case: Case = "keep"

    @classmethod
    def parse(
        cls, length: int | str | None = None, characters: str | None = None, case: Case = "keep"
    ) -> Known:
        """Parse a length such as 5, "5" or "4-6", and a class of characters such as "A-Z2-9".

        None and "" mean that nothing is known. Raises ValueError as `parse_length` and
        `parse_characters` do.
        """
        shortest, longest = (None, None) if length in (None, "") else parse_length(length)
        allowed = parse_characters(characters) if characters else None
        return cls(shortest, longest, allowed, case)


NOTHING_KNOWN = Known()


def parse_length(length: int | str) -> tuple[int, int]:
    """Return the shortest and the longest length that 5, "5" or "4-6" allows.

    Raises ValueError if it is neither a number nor a range, or not within 1 to 100.
    """
    found = _LENGTH.fullmatch(str(length))
    if found:
        shortest, longest = int(found[1]), int(found[2] or found[1])
        if 1 <= shortest <= longest <= LONGEST:
            return shortest, longest
    raise ValueError(
        f"give a number of characters such as 5, or a range such as 4-6, within 1 to {LONGEST}"
    )


def parse_characters(pattern: str) -> str:
    r"""Return the characters of a class such as "A-Z2-9", each once, in the order of the class.

    It is written like the inside of a regular expression's brackets: single characters, and
    ranges of them. A dash at either end, or after a backslash, means itself; two backslashes
    mean one.

    Raises ValueError if it is empty, has a range that goes backwards or a character that cannot
    be printed, or is too large.
    """
    found: dict[str, None] = {}
    for first, last in _ranges(pattern):
        if first > last:
            raise ValueError(f"the range {first}-{last} goes backwards")
        if ord(last) - ord(first) >= MOST_CHARACTERS:
            raise ValueError(
                f"the range {first}-{last} has more than {MOST_CHARACTERS:,} characters"
            )
        found |= dict.fromkeys(map(chr, range(ord(first), ord(last) + 1)))
    characters = "".join(found)
    if not characters or not characters.isprintable() or len(characters) > MOST_CHARACTERS:
        raise ValueError(
            f"give 1 to {MOST_CHARACTERS:,} characters that can be printed, such as A-Z2-9"
        )
    return characters


def mixed_ranges(pattern: str) -> list[str]:
    """Return the ranges of a class, such as "+-=", whose ends are characters of two kinds.

    The kinds are digits, capitals, small letters, and letters without case. Signs are of no kind.
    """
    return [
        f"{first}-{last}"
        for first, last in _ranges(pattern)
        if first != last and _kind(first) != _kind(last)
    ]


def _kind(character: str) -> object:
    """What the characters of a range have in common; of a sign, itself."""
    if character.isdecimal():
        return "digit"
    case = (character.isupper(), character.islower())
    return case if character.isalpha() else character


def _ranges(pattern: str) -> Iterator[tuple[str, str]]:
    """The first and last character of each range; of a single character, itself twice."""
    # Each character, with whether it is a dash that makes a range.
    marks = [(mark[-1], mark == "-") for mark in re.findall(r"\\[\\-]|.", pattern, flags=re.DOTALL)]
    at = 0
    while at < len(marks):
        first = last = marks[at][0]
        if at + 2 < len(marks) and marks[at + 1][1]:
            last = marks[at + 2][0]
            at += 2
        at += 1
        yield first, last


def span(shortest: int, longest: int) -> str:
    """A range of lengths for people: "5", or "4 to 6"."""
    return str(longest) if shortest == longest else f"{shortest} to {longest}"
