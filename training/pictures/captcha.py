"""The base class of all captchas: pictures of one size, with texts of one set of characters.

A text is stored as a row of codes, the indices of its characters in the charset. Where texts have
several lengths, the shorter ones are padded at their end with PAD.

Each kind of captcha is a subclass that draws many pictures at once. A captcha of your own can be
a simpler class; see custom.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from capslice.errors import DrawingError
from capslice.models.decoding.known import span
from capslice.models.sizing import Sizes

# The columns [left, right) of each character's slice.
Slices = tuple[tuple[int, int], ...]

PAD = -1  # the code after the last character of a text that is shorter than the longest


def codes_of(texts: Sequence[str], charset: str, length: int) -> NDArray[np.int64]:
    """Return the padded codes, int64 (n, length), of texts of at most `length` characters.

    Raises ValueError if a character is not in the charset.
    """
    codes = np.full((len(texts), length), PAD, np.int64)
    for row, text in zip(codes, texts, strict=True):
        row[: len(text)] = [charset.index(character) for character in text]
    return codes


def texts_of(codes: NDArray[np.int64], charset: str) -> list[str]:
    """Return the texts of padded codes (n, length)."""
    return ["".join(charset[code] for code in row if code != PAD) for row in codes]


class Captcha(ABC):
    """Draws captchas. The same codes and the same state of the generator give the same pixels.

    name:     its name on a model's card and in the configuration.
    size:     (width, height) in pixels.
    charset:  its characters, in the order of the networks' outputs.
    length:   the number of characters of the longest text.
    shortest: the number of characters of the shortest text; as `length`, unless a subclass sets it.
    sizes:    how pictures of other sizes are fitted to `size` (models/sizing.py).
    usual:    the characters that a model's reader expects if nobody says otherwise; None for all.
    """

    name: str
    size: tuple[int, int]
    charset: str
    length: int
    sizes: Sizes = "one"
    usual: str | None = None

    @cached_property  # and not a property, so that a subclass can set it
    def shortest(self) -> int:
        """The number of characters of the shortest text."""
        return self.length

    @property
    def lengths(self) -> str:
        """The possible numbers of characters, for people: "5" or "4 to 6"."""
        return span(self.shortest, self.length)

    @property
    @abstractmethod
    def fonts(self) -> tuple[str, ...]:
        """The names of the fonts that it draws with, as far as they are known."""

    @abstractmethod
    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64] | None]:
        """Draw fresh pictures of padded `codes` (n, length), in [0, len(charset)) or PAD.

        Returns the pictures, uint8 (n, height, width), and the column of the middle of each
        character, float64 (n, length), in pixels from the left, NaN after the end of a text; None
        where that is unknown.
        """

    def draw_many(self, codes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Draw fresh pictures, uint8 (n, height, width), of `codes` (n, length)."""
        return self.draw_with_middles(codes, rng)[0]

    @property
    def slicings(self) -> dict[str, Slices]:
        """Ways to cut a picture into one slice a character, by name, the default first."""
        width, _ = self.size
        lefts = (round(i * width / self.length) for i in range(self.length))
        # All slices have the same width, which may leave gaps of one column.
        return {"even": tuple((left, left + width // self.length) for left in lefts)}

    def held_out(self) -> Captcha:
        """Return the captcha that a model of this one is judged on.

        It is this captcha itself, unless there are fonts that no fit sees.
        """
        return self

    def of_length(self, shortest: int, length: int) -> Captcha:
        """Return this captcha with texts of `shortest` to `length` characters.

        Raises DrawingError if it cannot have them.
        """
        if (shortest, length) != (self.shortest, self.length):
            raise DrawingError(
                f"the captcha {self.name!r} always has {self.lengths} characters: leave out the "
                "length, or choose `letters`"
            )
        return self

    def random_codes(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw the padded codes of `count` random texts, int64 (count, length).

        Each length from `shortest` to `length` is equally likely, and so is each character.
        """
        codes = rng.integers(len(self.charset), size=(count, self.length))
        if self.shortest < self.length:
            lengths = rng.integers(self.shortest, self.length, (count, 1), endpoint=True)
            codes[np.arange(self.length) >= lengths] = PAD
        return codes

    def random_text(self, rng: np.random.Generator) -> str:
        """Draw a random text, as `random_codes` does."""
        return texts_of(self.random_codes(1, rng), self.charset)[0]

    def can_show(self, text: str) -> bool:
        """Whether the text has an allowed length, and only characters of the charset."""
        return self.shortest <= len(text) <= self.length and set(text) <= set(self.charset)

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        """Draw a fresh captcha that shows `text`, as an image of mode L.

        Raises DrawingError if `text` has another length or characters outside the charset.
        """
        if not self.can_show(text):
            raise DrawingError(
                f"the captcha {self.name!r} cannot show {text!r}: it takes "
                f"{self.lengths} characters of {self.charset}"
            )
        codes = codes_of([text], self.charset, self.length)
        return Image.fromarray(self.draw_many(codes, rng)[0])
