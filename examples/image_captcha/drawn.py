"""What `ImageCaptcha` of PyPI's captcha draws: `drawn:Digits` and `drawn:Mixed`.

Both are for `capslice --captcha`.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase, digits
from typing import Any, TypeVar

import numpy as np
from captcha import image
from PIL import Image

Item = TypeVar("Item")


class Lots:
    """The library's `secrets`, from a generator whose lots can be drawn again."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.below: list[int] = []

    def randbelow(self, end: int) -> int:
        """An integer in [0, end); all of them stay on record."""
        self.below.append(int(self.rng.integers(end)))
        return self.below[-1]

    def randbits(self, bits: int) -> int:
        """An integer of so many bits."""
        return int(self.rng.integers(2**bits))

    def choice(self, items: Sequence[Item]) -> Item:
        """One of them."""
        return items[int(self.rng.integers(len(items)))]


class Known(image.ImageCaptcha):  # type: ignore[misc]
    """The library's captcha, which says where its characters are."""

    def _draw_character(self, c: str, *others: Any) -> Image.Image:
        drawn: Image.Image = super()._draw_character(c, *others)
        self.drawn.append((c, drawn.width))
        return drawn

    def create_captcha_image(self, chars: str, *colours: Any) -> Image.Image:
        """As the library does; `middles` are in pixels from the left."""
        self.drawn: list[tuple[str, int]] = []
        drawn: Image.Image = super().create_captcha_image(chars, *colours)
        # Side by side, each as far over the one before as the last lots were.
        overlaps = image.secrets.below[-len(self.drawn) :]
        whole = sum(width for _, width in self.drawn)
        left = int(whole / len(chars)) // 10
        self.middles = []
        for (character, width), overlap in zip(self.drawn, overlaps, strict=True):
            if character != " ":
                middle = (left + width / 2) * min(1, self._width / whole)
                self.middles.append(min(middle, self._width - 1))
            left += width - overlap
        return drawn


class Digits:
    """Four digits."""

    size = (160, 60)
    charset = digits
    length = 4

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        """The library's picture of `text`, and the middles of its characters."""
        secrets, image.secrets = image.secrets, Lots(rng)
        try:
            known = Known(*self.size)
            return known.generate_image(text), known.middles
        finally:
            image.secrets = secrets


class Mixed(Digits):
    """Five capitals and digits."""

    charset = digits + ascii_uppercase
    length = 5
