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

from training.errors import DrawingError
from training.pictures.glyphs import Glyphs
from training.pictures.turning import TileSheet

GREY = 221
ELLIPSES = 15
ELLIPSE_STEP = (16, 8)
COLUMNS = (17, 57, 115, 170, 217, 260)
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
class EllipseCaptcha:
    """Draws the captcha: same text and same state of the generator, same pixels.

    `columns` are the left edges of the digits' tiles, and `cuts` the columns
    at which the author slices the picture.
    """

    name = "ellipses"
    size = (310, 80)
    length = len(COLUMNS)
    columns = COLUMNS
    cuts = (54, 110, 170, 215, 262)

    glyphs: Glyphs = field(default_factory=Glyphs.load)

    @cached_property
    def charset(self) -> str:
        """The characters that can come, in the order of the networks' outputs."""
        return "".join(self.glyphs.tiles)

    def random_codes(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """int64 (count, length): places in `charset`, each equally likely."""
        return rng.integers(len(self.charset), size=(count, self.length))

    def random_text(self, rng: np.random.Generator) -> str:
        """Six characters, each equally likely."""
        return "".join(self.charset[code] for code in self.random_codes(1, rng)[0])

    def scatter(self, count: int, rng: np.random.Generator) -> Scatter:
        """Draw lots for `count` pictures."""
        return Scatter(
            angles=rng.uniform(-MOST_DEGREES, MOST_DEGREES, (count, self.length)),
            rows=rng.integers(ROWS[0], ROWS[1], (count, self.length), endpoint=True),
            pepper=rng.integers((0, 0), self.size, (count, PEPPER_POINTS, 2)),
        )

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        """A fresh captcha that shows `text`: mode L, 310x80.

        Raises DrawingError for a text of another length or with other characters.
        """
        if len(text) != self.length or not set(text) <= set(self.charset):
            raise DrawingError(
                f"the captcha {self.name!r} cannot show {text!r}: it takes "
                f"{self.length} characters of {self.charset}"
            )
        codes = np.array([[self.charset.index(character) for character in text]])
        return Image.fromarray(self.render(codes, self.scatter(1, rng))[0])

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
        return TileSheet.of(list(self.glyphs.tiles.values()))

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
