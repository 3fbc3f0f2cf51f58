"""The answers that a captcha may have, as far as the model's card and the settings say."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from capslice.agent.audit.sessions import ReadCaptcha
from capslice.agent.reading.reader import Reader
from capslice.models.sums import value

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
    def of(cls, reader: Reader, *, restricted: bool = False) -> AnswerSpace:
        """The answers that a reader can give."""
        decoder = reader.decoder
        return cls(
            characters=decoder.characters,
            shortest=decoder.shortest,
            longest=decoder.longest,
            restricted=restricted,
            is_sum=reader.answer == "sum",
        )

    def answers(self, captchas: list[ReadCaptcha]) -> list[ReadCaptcha]:
        """The captchas with what was typed: for sums, the value instead of the text."""
        if not self.is_sum:
            return captchas
        return [replace(captcha, text=str(value(captcha.text))) for captcha in captchas]

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
