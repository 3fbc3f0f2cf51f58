"""The captcha of Perl's GD::SecurityImage 1.75, with the same pixels, in any font.

The article's author saw such pictures and imitated them by eye. The module draws them with libgd,
and places the digits by the font: their distance is twice the width of an A, and each digit is
centred by the box of its rotated glyph. Drawing has three steps: `random_choices` draws all random
values, `place_digits` computes where the digits go, and `render` draws the pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.article.layout import TILE_MIDDLE, ArticleCaptcha
from capslice.training.pictures.fonts import HELD_OUT, Face, by_family, family_names, find_faces
from capslice.training.pictures.securityimage import gd
from capslice.training.pictures.securityimage.gd_text import (
    Corners,
    RotatedGlyph,
    glyph_corners,
    rotated_glyph,
)
from capslice.training.pictures.securityimage.styles import STYLES

STEEPNESS = (0, 5, 8, 15, 22, 26, 29, 33, 35, 36, 40, 43, 45, 53, 56)
ANGLES = (*STEEPNESS, *(-angle for angle in STEEPNESS))  # 0 is twice as likely as any other
# The distance of a digit from the middle, up or down, in halves of the height of an A.
ROWS = tuple(sign * row for row in (1.2, 1, 1 / 2, 1 / 4, 1 / 8) for sign in (1, -1))
PITCH = 2  # the distance of digits, in widths of an A
PARTICLE_STEPS = 20  # steps in the width; the two pixels of a pair are whole steps apart

# A distorted face:
STRETCH = (0.8, 1.25)  # factor of its width
SLANT = (-0.15, 0.3)  # columns a row, to the right

Pen = tuple[int, int]
PlacedDigits = list[tuple[RotatedGlyph, Pen]]


class FontSetting(NamedTuple):
    """A face, its size in points, and how it is distorted."""

    face: Face
    points: int
    stretch: float = 1.0
    slant: float = 0.0


@dataclass(frozen=True)
class Choices:
    """The random values of n captchas.

    settings:  n fonts.
    angles:    int64 (n, length), degrees anticlockwise.
    rows:      int64 (n, length), indices into ROWS.
    particles: n arrays, int64 (pixels, 2), of (x, y); some lie outside the picture.
    """

    settings: list[FontSetting]
    angles: NDArray[np.int64]
    rows: NDArray[np.int64]
    particles: list[NDArray[np.int64]]


@dataclass(frozen=True)
class SecurityImageCaptcha(ArticleCaptcha):
    """Draws the captcha of GD::SecurityImage with scrambled FreeType glyphs.

    points:          the least and the greatest font size of a picture.
    distorted_share: the share of pictures whose face is stretched and slanted.
    style, lines:    the background (styles.py), and its number of lines.
    particles:       the least and the greatest number of particles of a picture.
    dots:            the number of pixel pairs of a particle.
    background, ink, line: greys, 0 black to 255 white; the defaults are the article's.
    frame:           whether the picture has a frame.
    angles:          degrees in [-90, 90]; a repeated angle is more likely.
    at_columns:      whether the digits are at the article's columns, and not spaced by the font.

    Each face is drawn only at sizes where six digits fit, or at the least size if there is none.
    """

    name = "securityimage"

    faces: tuple[Face, ...] = field(default_factory=find_faces)
    charset: str = "0123456789"
    points: tuple[int, int] = (18, 23)
    distorted_share: float = 0.0
    style: str = "ellipse"
    lines: int = 20
    particles: tuple[int, int] = (150, 550)
    dots: int = 1
    background: int = 221
    ink: int = 0
    line: int = 0
    frame: bool = True
    angles: tuple[int, ...] = ANGLES
    at_columns: bool = False

    @property
    def fonts(self) -> tuple[str, ...]:
        """The families that it draws in; all are equally likely."""
        return family_names(self.faces)

    def held_out(self) -> SecurityImageCaptcha:
        """Return the same captcha in held-out families, undistorted.

        Raises MissingExtra if there is none.
        """
        return replace(self, faces=find_faces(HELD_OUT), distorted_share=0)

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Draw uint8 (n, 80, 310), with middles, float64 (n, length); see `Captcha`."""
        choices = self.random_choices(len(codes), rng)
        placed = self.place_digits(codes, choices)
        return self.render(placed, choices), middles(placed)

    def random_choices(self, count: int, rng: np.random.Generator) -> Choices:
        """Draw the random values of `count` pictures."""
        settings = []
        for _ in range(count):
            family = self._families[rng.integers(len(self._families))]
            sizes = family[rng.integers(len(family))]
            setting = sizes[rng.integers(len(sizes))]
            if self.distorted_share and rng.random() < self.distorted_share:
                setting = self._distorted(setting, rng)
            settings.append(setting)
        angles = np.array(self.angles)[rng.integers(len(self.angles), size=(count, self.length))]
        rows = rng.integers(len(ROWS), size=(count, self.length))
        particles = [self._particles(rng) for _ in range(count)]
        return Choices(settings, angles, rows, particles)

    def _distorted(self, setting: FontSetting, rng: np.random.Generator) -> FontSetting:
        """Stretch and slant a face so that six digits still fit."""
        width, half_height = _size_of_a(setting)
        slant = float(rng.uniform(*SLANT))
        widest = (self._max_a_width - 2 * half_height * abs(slant)) / width
        stretch = min(np.exp(rng.uniform(*np.log(STRETCH))), max(STRETCH[0], widest))
        return setting._replace(stretch=float(stretch), slant=slant)

    @property
    def _max_a_width(self) -> float:
        """The width of an A, in pixels, up to which the digits fit."""
        return self.size[0] / (PITCH * self.length)

    @cached_property
    def _families(self) -> list[list[list[FontSetting]]]:
        """All settings, grouped by family and face."""
        sizes = range(self.points[0], self.points[1] + 1)
        return [
            [
                [
                    setting
                    for points in sizes
                    if _size_of_a(setting := FontSetting(face, points))[0] <= self._max_a_width
                ]
                or [FontSetting(face, self.points[0])]
                for face in family
            ]
            for family in by_family(self.faces)
        ]

    def _particles(self, rng: np.random.Generator) -> NDArray[np.int64]:
        count = rng.integers(*self.particles, endpoint=True)
        first = rng.integers((0, 0), self.size, (count, 1, 2))
        first = first + np.arange(1, self.dots + 1)[:, np.newaxis]
        step = max(self.size) // PARTICLE_STEPS
        steps = rng.integers(1, max(self.size) // step, first.shape, endpoint=True)
        return np.stack([first, first + step * steps], axis=2).reshape(-1, 2)

    def render(self, placed: Sequence[PlacedDigits], choices: Choices) -> NDArray[np.uint8]:
        """Draw the pictures, uint8 (n, 80, 310), of n lists of placed digits."""
        pictures = np.repeat(self._background[np.newaxis], len(placed), axis=0)
        for canvas, digits, particles in zip(pictures, placed, choices.particles, strict=True):
            for glyph, pen in reversed(digits):  # in the order of the module
                glyph.draw(canvas, pen, self.ink)
            if self.frame:
                gd.frame(canvas, self.line)
            x, y = particles.T
            gd.points(canvas, x, y, self.ink)
        return pictures

    @cached_property
    def _background(self) -> NDArray[np.uint8]:
        canvas = np.full(self.size[::-1], self.background, np.uint8)
        STYLES[self.style](canvas, self.lines, self.line, self.ink)
        return canvas

    def place_digits(self, codes: NDArray[np.int64], choices: Choices) -> list[PlacedDigits]:
        """Rotate the digits of `codes` (n, length), and compute the positions of their pens."""
        return [self._place_digits(codes, choices, i) for i in range(len(codes))]

    def _place_digits(self, codes: NDArray[np.int64], choices: Choices, i: int) -> PlacedDigits:
        face, points, stretch, slant = setting = choices.settings[i]
        width, half_height = _size_of_a(setting)
        placed: PlacedDigits = []
        for position, code in enumerate(codes[i]):
            angle = int(choices.angles[i, position])
            glyph = rotated_glyph(face, points, self.charset[code], angle, stretch, slant)
            x, y = _pen_offset(glyph.corners, angle)
            if self.at_columns:
                x += self.columns[position] + TILE_MIDDLE
            else:
                # The module puts the digits half an A too far to the left.
                x += self.size[0] / 2 + width * (PITCH * position + 0.5 - self.length)
            y += self.size[1] / 2 + ROWS[choices.rows[i, position]] * half_height
            placed.append((glyph, (int(x), int(y))))
        return placed


def middles(placed: Sequence[PlacedDigits]) -> NDArray[np.float64]:
    """Compute the column of the middle of each digit's ink, float64 (n, length)."""
    return np.array(
        [
            [pen[0] + glyph.corner[0] + glyph.ink.shape[1] / 2 for glyph, pen in digits]
            for digits in placed
        ]
    )


def _size_of_a(setting: FontSetting) -> tuple[float, float]:
    """The width and half the height of an A, in pixels."""
    x, y = _pen_offset(glyph_corners(setting.face, setting.points, "A", 0, setting.stretch), 0)
    return -2 * x, y or 1


def _pen_offset(box: Corners, angle: int) -> tuple[float, float]:
    """The position (x, y) of a glyph's pen relative to its middle, as the module computes it."""
    lower_left, lower_right, _, upper_left = box
    if angle >= 0:
        return (lower_left[0] - lower_right[0]) / 2, (lower_left[1] - upper_left[1]) / 2
    return (lower_left[0] - upper_left[0]) / 2, (lower_left[1] - lower_right[1]) / 2
