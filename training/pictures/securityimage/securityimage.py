"""The original: what Perl's GD::SecurityImage draws, to the pixel, in any font.

The article's author saw such pictures and imitated them by eye. Here they are drawn as that
module, version 1.75, draws them by way of libgd. Where its digits stand follows from the
font: from digit to digit it is twice the width of an A, and a digit's own place is by the box of
its turned glyph. What is left to chance is drawn first, as `Lots`; and where each
digit comes to stand is known (`middles`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.article.layout import ArticleCaptcha
from capslice.training.pictures.article.varied import TILE_HALF
from capslice.training.pictures.fonts import HELD_OUT, Face, by_family, family_names, find_faces
from capslice.training.pictures.securityimage import gd
from capslice.training.pictures.securityimage.gd_text import Corners, Turned, corners, turned
from capslice.training.pictures.securityimage.styles import STYLES

STEEPNESS = (0, 5, 8, 15, 22, 26, 29, 33, 35, 36, 40, 43, 45, 53, 56)
ANGLES = (*STEEPNESS, *(-angle for angle in STEEPNESS))  # so that 0 is as often as two others
# How far a digit is above or below the middle, in halves of an A's height.
ROWS = tuple(sign * row for row in (1.2, 1, 1 / 2, 1 / 4, 1 / 8) for sign in (1, -1))
PITCH = 2  # from digit to digit, in widths of an A
PARTICLE_STEPS = 20  # of which a particle's second pixel is any number away, each way

STRETCH = (0.8, 1.25)  # of a face that is bent into another: of its width,
SLANT = (-0.15, 0.3)  # and columns a row by which it leans to the right

Pen = tuple[int, int]
Placed = list[tuple[Turned, Pen]]  # the digits of a captcha


class Setting(NamedTuple):
    """A face, its size in points, and what it is bent by."""

    face: Face
    points: int
    stretch: float = 1.0
    slant: float = 0.0


@dataclass(frozen=True)
class Lots:
    """What is left to chance in n captchas.

    settings:  n faces, each with its size.
    angles:    int64 (n, length), degrees, anticlockwise.
    rows:      int64 (n, length), places in ROWS.
    particles: n times int64 (pixels, 2), (x, y); some are not on the picture.
    """

    settings: list[Setting]
    angles: NDArray[np.int64]
    rows: NDArray[np.int64]
    particles: list[NDArray[np.int64]]


@dataclass(frozen=True)
class SecurityImageCaptcha(ArticleCaptcha):
    """Draws the captcha of GD::SecurityImage, scrambled, with FreeType's glyphs.

    points, particles: from the least to the most, a picture at a time.
    bent:              the share of pictures whose face is made wider or narrower, and leans.
    dots:              how many times two pixels a particle has.
    angles:            degrees, between -90 and 90, each as likely as it is often here.
    at_columns:        whether the digits stand where the article saw them.

    Colours are greys, and those of the article. A face is drawn in the sizes alone at which
    six digits find room, where it has one.
    """

    name = "securityimage"

    faces: tuple[Face, ...] = field(default_factory=find_faces)
    charset: str = "0123456789"
    points: tuple[int, int] = (18, 23)
    bent: float = 0.0
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
        """The families that it draws in, each as often as the others."""
        return family_names(self.faces)

    def held_out(self) -> SecurityImageCaptcha:
        """The same in the families that are held out, as they are.

        Raises GlyphError where there is none.
        """
        return replace(self, faces=find_faces(HELD_OUT), bent=0)

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """uint8 (n, 80, 310), and float64 (n, length): where each digit's middle is."""
        lots = self.lots(len(codes), rng)
        placed = self.placed(codes, lots)
        return self.render(placed, lots), middles(placed)

    def lots(self, count: int, rng: np.random.Generator) -> Lots:
        """Draw lots for `count` pictures."""
        settings = []
        for _ in range(count):
            family = self._families[rng.integers(len(self._families))]
            sizes = family[rng.integers(len(family))]
            setting = sizes[rng.integers(len(sizes))]
            if self.bent and rng.random() < self.bent:
                setting = self._bent(setting, rng)
            settings.append(setting)
        angles = np.array(self.angles)[rng.integers(len(self.angles), size=(count, self.length))]
        rows = rng.integers(len(ROWS), size=(count, self.length))
        particles = [self._particles(rng) for _ in range(count)]
        return Lots(settings, angles, rows, particles)

    def _bent(self, setting: Setting, rng: np.random.Generator) -> Setting:
        """In a face that there may be as well, in which six digits find room."""
        width, half_height = _a(setting)
        slant = float(rng.uniform(*SLANT))
        widest = (self._room - 2 * half_height * abs(slant)) / width
        stretch = min(np.exp(rng.uniform(*np.log(STRETCH))), max(STRETCH[0], widest))
        return setting._replace(stretch=float(stretch), slant=slant)

    @property
    def _room(self) -> float:
        """How wide an A may be."""
        return self.size[0] / (PITCH * self.length)

    @cached_property
    def _families(self) -> list[list[list[Setting]]]:
        """The sizes of the faces of the families."""
        sizes = range(self.points[0], self.points[1] + 1)
        return [
            [
                [each for points in sizes if _a(each := Setting(face, points))[0] <= self._room]
                or [Setting(face, self.points[0])]
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

    def render(self, placed: Sequence[Placed], lots: Lots) -> NDArray[np.uint8]:
        """uint8 (n, 80, 310): the pictures that n times `placed` digits and `lots` make."""
        pictures = np.repeat(self._ground[np.newaxis], len(placed), axis=0)
        for canvas, digits, particles in zip(pictures, placed, lots.particles, strict=True):
            for glyph, pen in reversed(digits):  # as the module does
                glyph.draw(canvas, pen, self.ink)
            if self.frame:
                gd.frame(canvas, self.line)
            x, y = particles.T
            gd.points(canvas, x, y, self.ink)
        return pictures

    @cached_property
    def _ground(self) -> NDArray[np.uint8]:
        ground = np.full(self.size[::-1], self.background, np.uint8)
        STYLES[self.style](ground, self.lines, self.line, self.ink)
        return ground

    def placed(self, codes: NDArray[np.int64], lots: Lots) -> list[Placed]:
        """The digits that `codes` (n, length) and `lots` make, with their pens."""
        return [self._placed(codes, lots, i) for i in range(len(codes))]

    def _placed(self, codes: NDArray[np.int64], lots: Lots, i: int) -> Placed:
        face, points, stretch, slant = setting = lots.settings[i]
        width, half_height = _a(setting)
        placed: Placed = []
        for place, code in enumerate(codes[i]):
            angle = int(lots.angles[i, place])
            glyph = turned(face, points, self.charset[code], angle, stretch, slant)
            x, y = _from_middle(glyph.corners, angle)
            if self.at_columns:
                x += self.columns[place] + TILE_HALF
            else:
                # Not symmetrical: the module counts half an A too much at the left.
                x += self.size[0] / 2 + width * (PITCH * place + 0.5 - self.length)
            y += self.size[1] / 2 + ROWS[lots.rows[i, place]] * half_height
            placed.append((glyph, (int(x), int(y))))
        return placed


def middles(placed: Sequence[Placed]) -> NDArray[np.float64]:
    """float64 (n, length): the column of the middle of each digit's ink in such pictures."""
    return np.array(
        [
            [pen[0] + glyph.corner[0] + glyph.ink.shape[1] / 2 for glyph, pen in digits]
            for digits in placed
        ]
    )


def _a(setting: Setting) -> tuple[float, float]:
    """An A's width, and half of its height, in pixels."""
    x, y = _from_middle(corners(setting.face, setting.points, "A", 0, setting.stretch), 0)
    return -2 * x, y or 1


def _from_middle(box: Corners, angle: int) -> tuple[float, float]:
    """Where a glyph's pen is, from where its middle is to be: by the module's reckoning."""
    lower_left, lower_right, _, upper_left = box
    if angle >= 0:
        return (lower_left[0] - lower_right[0]) / 2, (lower_left[1] - upper_left[1]) / 2
    return (lower_left[0] - upper_left[0]) / 2, (lower_left[1] - lower_right[1]) / 2
