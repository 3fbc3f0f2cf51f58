"""What every captcha is, whatever draws it: of one size, of one length, from one charset.

A captcha of another kind is a class of its own that draws many at once; the rest is
here. Nothing in here knows how any of them looks. (One's own need not be such a class:
see brought.py.)
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from capslice.errors import DrawingError
from capslice.models.sizing import Sizes

# Columns (left, right) of a picture, from `left` up to, but without, `right`: one a character.
Slices = tuple[tuple[int, int], ...]


class Captcha(ABC):
    """Draws captchas: same text and same state of the generator, same pixels.

    name:    what it is called on a model's card, and in the configuration.
    size:    (width, height) in pixels.
    charset: the characters that can come, in the order of the networks' outputs.
    length:  how many of them a captcha has.
    sizes:   whether its pictures are of this one size, or how they are brought to it.
    """

    name: str
    size: tuple[int, int]
    charset: str
    length: int
    sizes: Sizes = "one"

    @property
    @abstractmethod
    def fonts(self) -> tuple[str, ...]:
        """The names of the fonts that it draws with, as far as they are known."""

    @abstractmethod
    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64] | None]:
        """uint8 (n, height, width): fresh pictures of `codes` (n, length).

        And float64 (n, length): in which column the middle of each character is, in pixels from
        the left, where that is known.
        """

    def draw_many(self, codes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
        """The pictures alone."""
        return self.draw_with_middles(codes, rng)[0]

    @property
    def slicings(self) -> dict[str, Slices]:
        """Ways to cut it into slices of one character each, by name, the best one first."""
        width, _ = self.size
        lefts = (round(i * width / self.length) for i in range(self.length))
        # The whole width divided evenly, less the gaps of a column.
        return {"even": tuple((left, left + width // self.length) for left in lefts)}

    def held_out(self) -> Captcha:
        """What to judge a model of this captcha by: itself, or what it has never shown."""
        return self

    def random_codes(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """int64 (count, length): places in `charset`, each equally likely."""
        return rng.integers(len(self.charset), size=(count, self.length))

    def random_text(self, rng: np.random.Generator) -> str:
        """Characters of the charset, each equally likely."""
        return "".join(self.charset[code] for code in self.random_codes(1, rng)[0])

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        """A fresh captcha that shows `text`: mode L.

        Raises DrawingError for a text of another length or with other characters.
        """
        if len(text) != self.length or not set(text) <= set(self.charset):
            raise DrawingError(
                f"the captcha {self.name!r} cannot show {text!r}: it takes "
                f"{self.length} characters of {self.charset}"
            )
        codes = np.array([[self.charset.index(character) for character in text]])
        return Image.fromarray(self.draw_many(codes, rng)[0])
