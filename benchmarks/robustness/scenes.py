"""Describes random captchas like the article's, for any library to draw.

Angles, rows and pairs of particles are those of Perl's GD::SecurityImage, the library that draws
such captchas on the web. The columns are the article's, shifted by a few pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.article.layout import ArticleCaptcha
from capslice.training.pictures.fonts import Face

WIDTH, HEIGHT = 310, 80
MIDDLES = np.array(ArticleCaptcha.columns) + 13  # the middle of each digit's tile
ANGLES = (0, 5, 8, 15, 22, 26, 29, 33, 35, 36, 40, 43, 45, 53, 56)


@dataclass(frozen=True)
class Digit:
    """A character, the middle of its box in pixels, and its rotation in degrees."""

    character: str
    x: float
    y: float
    angle: float


@dataclass(frozen=True)
class Scene:
    """A picture before it is drawn: greys from 0 to 255, lengths in pixels.

    pepper: int64 (points, 2), (x, y) of the dark points.
    smooth: whether to antialias the ellipses; a canvas always does.
    """

    face: Face
    size: float
    digits: tuple[Digit, ...]
    background: int
    ink: int
    middle: tuple[float, float]
    steps: tuple[float, float]
    smooth: bool
    pepper: NDArray[np.int64]

    @property
    def text(self) -> str:
        """The text of the picture."""
        return "".join(digit.character for digit in self.digits)


def random_scene(
    face: Face, size: tuple[float, float], pepper: int, charset: str, rng: np.random.Generator
) -> Scene:
    """A scene in `face`, with an em between the two of `size` and `pepper` dark points."""
    sign = rng.choice((-1, 1), len(MIDDLES))
    digits = tuple(
        Digit(charset[code], x, y, float(angle))
        for code, x, y, angle in zip(
            rng.integers(len(charset), size=len(MIDDLES)).tolist(),
            (MIDDLES + rng.uniform(-4, 4, len(MIDDLES))).tolist(),
            rng.uniform(HEIGHT / 2 - 15, HEIGHT / 2 + 15, len(MIDDLES)).tolist(),
            sign * rng.choice(ANGLES, len(MIDDLES)),
            strict=True,
        )
    )
    points = rng.integers((0, 0), (WIDTH, HEIGHT), (pepper, 2))
    if rng.random() < 0.5:
        # Put every second point next to the one before it.
        points[1::2] = points[: pepper // 2 * 2 : 2] + 1
    return Scene(
        face=face,
        size=float(rng.uniform(*size)),
        digits=digits,
        background=int(rng.integers(200, 256)),
        ink=int(rng.integers(0, 41)),
        middle=(WIDTH / 2 + rng.uniform(-2, 2), HEIGHT / 2 + rng.uniform(-2, 2)),
        steps=(16 + rng.uniform(-0.5, 0.5), 8 + rng.uniform(-0.25, 0.25)),
        smooth=bool(rng.random() < 0.5),
        pepper=points.clip(0, (WIDTH - 1, HEIGHT - 1)),
    )
