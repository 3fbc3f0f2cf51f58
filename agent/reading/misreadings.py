"""Counts which characters were misread as which, and finds what most misreadings have in common."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from capslice.models.alignment import Pair, aligned

# Characters that many fonts draw alike.
ALIKE = ("0Oo", "1Il")
# A kind of misreading is named if it explains this share of at least so many misread pictures.
SHARE, FEWEST = 0.9, 5
MOST_SHOWN = 20


@dataclass
class Misreadings:
    """Pairs of a character and what was read in its place, from misread pictures.

    pairs:    how often each pair occurs; None in it stands for a missed or an extra character.
    pictures: how many pictures were misread.
    """

    pairs: Counter[Pair] = field(default_factory=Counter)
    pictures: int = 0
    _case: int = 0
    _alike: Counter[str] = field(default_factory=Counter)

    def count(self, label: str, text: str) -> None:
        """Add a picture that was misread."""
        self.pictures += 1
        self.pairs.update(pair for pair in aligned(label, text) if pair[0] != pair[1])
        self._case += label.casefold() == text.casefold()
        for group in ALIKE:
            self._alike[group] += as_one(label, (group,)) == as_one(text, (group,))

    def hint(self) -> str | None:
        """A sentence that says what nearly all misreadings have in common, if anything."""
        if self.pictures < FEWEST:
            return None
        if self._case >= SHARE * self.pictures:
            return (
                f"{self._case} of {self.pictures} misread pictures differ in the case of letters "
                "alone: if the site accepts both, ignore it with --case fold"
            )
        for group, count in self._alike.items():
            if count >= SHARE * self.pictures:
                characters = f"{', '.join(group[:-1])} and {group[-1]}"
                return (
                    f"{count} of {self.pictures} misread pictures differ in {characters} alone, "
                    f"which look alike: count them as one with --alike {group}"
                )
        return None

    def __str__(self) -> str:
        shown = [_described(pair, count) for pair, count in self.pairs.most_common(MOST_SHOWN)]
        if more := len(self.pairs) - len(shown):
            shown.append(f"and {more} more")
        return ", ".join(shown) or "none"


def as_one(text: str, alike: tuple[str, ...]) -> str:
    """The text with each character replaced by the first of its group of `alike` ones."""
    for group in alike:
        for each in group[1:]:
            text = text.replace(each, group[0])
    return text


def _described(pair: Pair, count: int) -> str:
    shown, read = pair
    if read is None:
        return f"{shown} missed ({count})"
    if shown is None:
        return f"{read} too many ({count})"
    return f"{shown} as {read} ({count})"
