"""The base class of all captchas: pictures of one size and length, with one set of characters.

Each kind of captcha is a subclass that draws many pictures at once. A captcha of your own can be
a simpler class; see custom.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from capslice.errors import DrawingError
from capslice.models.sizing import Sizes

# The columns [left, right) of each character's slice.
Slices = tuple[tuple[int, int], ...]


class Captcha(ABC):
    """Draws captchas. The same codes and the same state of the generator give the same pixels.

    A captcha's codes are the indices of its characters in `charset`.

    name:    its name on a model's card and in the configuration.
    size:    (width, height) in pixels.
    charset: its characters, in the order of the networks' outputs.
    length:  the number of characters of a captcha.
    sizes:   how pictures of other sizes are fitted to `size` (models/sizing.py).
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
        """Draw fresh pictures of `codes` (n, length), each in [0, len(charset)).

        Returns the pictures, uint8 (n, height, width), and the column of the middle of each
        character, float64 (n, length), in pixels from the left; None where that is unknown.
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

    def random_codes(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw `count` random codes, int64 (count, length), uniformly in [0, len(charset))."""
        return rng.integers(len(self.charset), size=(count, self.length))

    def random_text(self, rng: np.random.Generator) -> str:
        """Draw a random text; each character of the charset is equally likely."""
        return "".join(self.charset[code] for code in self.random_codes(1, rng)[0])

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        """Draw a fresh captcha that shows `text`, as an image of mode L.

        Raises DrawingError if `text` has another length or characters outside the charset.
        """
        if len(text) != self.length or not set(text) <= set(self.charset):
            raise DrawingError(
                f"the captcha {self.name!r} cannot show {text!r}: it takes "
                f"{self.length} characters of {self.charset}"
            )
        codes = np.array([[self.charset.index(character) for character in text]])
        return Image.fromarray(self.draw_many(codes, rng)[0])
