"""The captcha of the article: six digits, concentric ellipses, pepper noise.

Every constant is the author's, read off pictures of a real site. What is left
to chance is drawn first, as a `Scatter`; the rest is the same for every picture
and drawn once. Many pictures are drawn at once, as a network wants them. Nothing
here reads or writes files of labelled pictures.
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
ROWS = (14, 45)
MOST_DEGREES = 45.0
PEPPER_POINTS = 500


@dataclass(frozen=True)
class Scatter:
    """What is left to chance in n captchas of the seed's kind.

    angles: float64 (n, length), degrees, anticlockwise, uniform in [-45, 45).
    rows:   int64 (n, length), the upper edge of each turned digit, 14 to 45.
    pepper: int64 (n, points, 2), (x, y) of the black points.
    """

    angles: NDArray[np.float64]
    rows: NDArray[np.int64]
    pepper: NDArray[np.int64]


@dataclass(frozen=True)
class EllipseCaptcha(ArticleCaptcha):
    """Draws the captcha of the article, in the font of `glyphs`, in digits that these have."""

    name = "ellipses"
    charset: str = CHARSET
    glyphs: Glyphs = field(default_factory=Glyphs.load)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The one font of its glyphs."""
        return (self.glyphs.font,)

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], None]:
        """uint8 (n, 80, 310): fresh pictures of `codes` (n, length). Slices hold their digits."""
        return self.render(codes, self.scatter(len(codes), rng)), None

    def scatter(self, count: int, rng: np.random.Generator) -> Scatter:
        """Draw lots for `count` pictures."""
        return Scatter(
            angles=rng.uniform(-MOST_DEGREES, MOST_DEGREES, (count, self.length)),
            rows=rng.integers(ROWS[0], ROWS[1], (count, self.length), endpoint=True),
            pepper=rng.integers((0, 0), self.size, (count, PEPPER_POINTS, 2)),
        )

    def render(self, codes: NDArray[np.int64], scatter: Scatter) -> NDArray[np.uint8]:
        """uint8 (n, 80, 310): the pictures that `codes` (n, length) and `scatter` make."""
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
