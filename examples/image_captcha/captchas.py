"""The captcha of `ImageCaptcha` in PyPI's captcha, for the option `--captcha`.

`captchas:Digits` has four digits, `captchas:Mixed` five capitals and digits, and
`captchas:Varying` four to six of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase, digits
from typing import Any, TypeVar

import numpy as np
from captcha import image
from PIL import Image

Item = TypeVar("Item")


class SeededSecrets:
    """Replaces `secrets` in the library with a generator that can be seeded."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.below: list[int] = []

    def randbelow(self, end: int) -> int:
        """Return an integer in [0, end), and record it."""
        self.below.append(int(self.rng.integers(end)))
        return self.below[-1]

    def randbits(self, bits: int) -> int:
        """Return an integer with `bits` random bits."""
        return int(self.rng.integers(2**bits))

    def choice(self, items: Sequence[Item]) -> Item:
        """Return a random item."""
        return items[int(self.rng.integers(len(items)))]


class RecordingCaptcha(image.ImageCaptcha):  # type: ignore[misc]
    """The library's captcha, which also records the middles of its characters."""

    def _draw_character(self, c: str, *others: Any) -> Image.Image:
        drawn: Image.Image = super()._draw_character(c, *others)
        self.drawn.append((c, drawn.width))
        return drawn

    def create_captcha_image(self, chars: str, *colours: Any) -> Image.Image:
        """Let the library draw, and set `middles`, in pixels from the left."""
        self.drawn: list[tuple[str, int]] = []
        drawn: Image.Image = super().create_captcha_image(chars, *colours)
        # The last random numbers are the overlaps of each character with the one before it.
        overlaps = image.secrets.below[-len(self.drawn) :]
        total = sum(width for _, width in self.drawn)
        left = int(total / len(chars)) // 10
        self.middles = []
        for (character, width), overlap in zip(self.drawn, overlaps, strict=True):
            if character != " ":
                middle = (left + width / 2) * min(1, self._width / total)
                self.middles.append(min(middle, self._width - 1))
            left += width - overlap
        return drawn


class Digits:
    """Four digits."""

    size = (160, 60)
    charset = digits
    length: int | tuple[int, int] = 4

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        """Let the library draw `text`; return the picture and the middles of its characters."""
        secrets, image.secrets = image.secrets, SeededSecrets(rng)
        try:
            captcha = RecordingCaptcha(*self.size)
            return captcha.generate_image(text), captcha.middles
        finally:
            image.secrets = secrets


class Mixed(Digits):
    """Five capitals and digits."""

    charset = digits + ascii_uppercase
    length = 5


class Varying(Mixed):
    """Four to six capitals and digits."""

    length = (4, 6)
