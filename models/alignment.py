"""Aligns a reading with its label, where one of them may have more characters."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

# A character of the label and the one that was read in its place; None where one was missed or
# where one was read that is not there.
Pair = tuple[str | None, str | None]


def aligned(label: str, text: str) -> Iterator[Pair]:
    """Yield the pairs of characters, from left to right.

    Texts of equal length are compared position by position. Otherwise the longest equal parts are
    aligned first, as `difflib` finds them.
    """
    if len(label) == len(text):
        yield from zip(label, text, strict=True)
        return
    for _, left, right, start, end in SequenceMatcher(None, label, text, False).get_opcodes():
        expected, read = label[left:right], text[start:end]
        yield from zip(expected, read, strict=False)
        yield from ((each, None) for each in expected[len(read) :])
        yield from ((None, each) for each in read[len(expected) :])


def right_characters(label: str, text: str) -> list[bool]:
    """Return, for each character of the label, whether it was read right."""
    return [expected == read for expected, read in aligned(label, text) if expected is not None]
