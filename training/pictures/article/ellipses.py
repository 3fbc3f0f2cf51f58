"""The article's captcha: six digits, concentric ellipses and pepper noise.

All constants are the author's, who took them from pictures of a real site. Drawing has two steps:
`scatter` draws all random values, and `render` turns them into pictures, many at once. The
background is the same in every picture and drawn only once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from capslice.training.pictures.article.glyphs import Glyphs
from capslice.training.pictures.article.layout import ArticleCaptcha
from capslice.training.pictures.rotation import TileSheet

CHARSET = "234568"
GREY = 221
ELLIPSES = 15
ELLIPSE_STEP = (16, 8)
ROWS = (14, 45)  # of the upper edge of a digit, both included
MOST_DEGREES = 45.0
PEPPER_POINTS = 500


@dataclass(frozen=True)
class Scatter:
    """The random values of n captchas.

    angles: float64 (n, length), degrees anticlockwise, uniform in [-45, 45).
    rows:   int64 (n, length), the upper edge of each rotated digit, 14 to 45.
    pepper: int64 (n, points, 2), (x, y) of the black points.
    """

    angles: NDArray[np.float64]
    rows: NDArray[np.int64]
    pepper: NDArray[np.int64]


@dataclass(frozen=True)
class EllipseCaptcha(ArticleCaptcha):
    """Draws the article's captcha with `glyphs`, which must contain all of `charset`."""

    name = "ellipses"
    charset: str = CHARSET
    glyphs: Glyphs = field(default_factory=Glyphs.load)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The font of the glyphs."""
        return (self.glyphs.font,)

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], None]:
        """Draw uint8 (n, 80, 310), without middles, which the fixed columns make needless."""
        return self.render(codes, self.scatter(len(codes), rng)), None

    def scatter(self, count: int, rng: np.random.Generator) -> Scatter:
        """Draw the random values of `count` pictures."""
        return Scatter(
            angles=rng.uniform(-MOST_DEGREES, MOST_DEGREES, (count, self.length)),
            rows=rng.integers(ROWS[0], ROWS[1], (count, self.length), endpoint=True),
            pepper=rng.integers((0, 0), self.size, (count, PEPPER_POINTS, 2)),
        )

    def render(self, codes: NDArray[np.int64], scatter: Scatter) -> NDArray[np.uint8]:
        """Draw the pictures, uint8 (n, 80, 310), of `codes` (n, length) with these values."""
        count, (width, height) = len(codes), self.size
        pictures = np.repeat(self._background[np.newaxis], count, axis=0)
        self._sheet.paste(pictures, codes, scatter.angles, np.array(self.columns), scatter.rows)
        first = np.arange(count)[:, np.newaxis] * (width * height)
        points = first + scatter.pepper[..., 1] * width + scatter.pepper[..., 0]
        pictures.reshape(-1)[points.ravel()] = 0
        return pictures

    @cached_property
    def _sheet(self) -> TileSheet:
        return TileSheet.of([self.glyphs.tiles[character] for character in self.charset])

    @cached_property
    def _background(self) -> NDArray[np.uint8]:
        width, height = self.size
        image = Image.new("L", self.size, GREY)
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 0, width - 1, height - 1), outline=0)
        for i in range(ELLIPSES):
            dx, dy = i * ELLIPSE_STEP[0], i * ELLIPSE_STEP[1]
            box = (width // 2 - dx, height // 2 - dy, width // 2 + dx, height // 2 + dy)
            draw.ellipse(box, outline=0)
        return np.asarray(image)
