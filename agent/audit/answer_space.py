"""The answers that a captcha may have, as far as the model's card and the settings say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from capslice.models.card import Card
from capslice.models.decoding.known import Case, Known

# A captcha of digits may use all ten, even if the model knows fewer.
DIGITS = 10


@dataclass(frozen=True)
class AnswerSpace:
    """All answers of `shortest` to `longest` characters.

    characters: each once, in the case in which they are typed.
    restricted: whether the settings name the characters, so that there can be no others.
    is_sum:     whether an answer is the value of a sum. Then only the answers that were seen are
                known to be possible.
    """

    characters: str
    shortest: int
    longest: int
    restricted: bool = False
    is_sum: bool = False

    @classmethod
    def of(cls, card: Card, model: Mapping[str, Any]) -> AnswerSpace:
        """The answers of a model with this card, under the settings of the section `[model]`."""
        case: Case = model.get("case") or "keep"
        known = Known.parse(model.get("length"), model.get("characters"), case)
        own = _in_case(card.characters or card.charset, case)
        allowed = _in_case(known.characters or own, case)
        return cls(
            characters="".join(each for each in own if each in allowed),
            shortest=known.shortest or card.fewest,
            longest=known.longest or card.length,
            restricted=known.characters is not None,
            is_sum=model.get("answer") == "sum",
        )

    @property
    def varies(self) -> bool:
        """Whether answers have several lengths, so that positions cannot be compared."""
        return self.shortest < self.longest

    @property
    def equally_likely(self) -> int | None:
        """The number of equally likely answers that would repeat as often as these.

        All lengths are equally likely, so short answers repeat more often than long ones. None
        for sums.
        """
        if self.is_sum:
            return None
        lengths = range(self.shortest, self.longest + 1)
        characters = len(self.characters)
        if not self.varies:
            return int(characters**self.longest)
        same = sum(float(characters) ** -length for length in lengths) / len(lengths) ** 2
        return round(1 / same)

    @property
    def possible_bits(self) -> float:
        """The entropy of random answers in bits, of ten characters at least."""
        characters = len(self.characters)
        if not self.restricted:
            characters = max(DIGITS, characters)
        lengths = range(self.shortest, self.longest + 1)
        return math.log2(sum(characters**length for length in lengths) or 1)


def _in_case(characters: str, case: Case) -> str:
    """The characters as they are typed, each once."""
    if case == "upper":
        characters = characters.upper()
    elif case in ("fold", "lower"):
        characters = characters.lower()
    return "".join(dict.fromkeys(characters))
