"""A captcha as many sites have it: four to six capitals and digits, a wavy line and some dots.

Each character is turned a little and has a row of its own. `SumCaptcha` shows sums in the same
way. A character is rendered once at each angle, so that a picture is a few array operations.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from capslice.errors import DrawingError
from capslice.extras import missing
from capslice.training.pictures.captcha import PAD, Captcha, codes_of
from capslice.training.pictures.fonts import Face, installed_faces

# Without 0, 1, I and O, which people confuse.
CHARSET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SUM_CHARSET = "+-×÷=?0123456789"
FONTS = ("DejaVuSans-Bold.", "DejaVuSerif-Bold.")  # the starts of two file names
MOST = 8  # characters, for which there is room

FONT_SIZE = 34  # pixels
ANGLES = np.arange(-20, 21, 4)  # degrees anticlockwise
GROUND = (200, 255)  # grey
INK = (0, 100)
GAP = (-1, 4)  # pixels between the ink of two characters
SHIFT = 8  # pixels from the middle row to the middle of a character, at most
EDGE = 4  # columns without characters, left and right
DOTS = 60
CREST = (3, 9)  # pixels from the middle of the wavy line to its crest
WAVE = (50, 140)  # pixels from crest to crest


@cache
def _faces() -> tuple[Face, ...]:
    by_name = {face.name: face for face in installed_faces(FONTS)}
    if not by_name:
        raise missing("no DejaVu font was found for captchas of letters", "training")
    return tuple(by_name[name] for name in sorted(by_name))


@dataclass(frozen=True)
class LettersCaptcha(Captcha):
    """Draws texts of `shortest` to `length` characters, each picture in one of `faces`."""

    name = "letters"
    size = (160, 60)
    charset: str = CHARSET
    shortest: int = 4
    length: int = 6
    faces: tuple[Face, ...] = field(default_factory=_faces)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The names of its two fonts."""
        return tuple(face.name for face in self.faces)

    def of_length(self, shortest: int, length: int) -> Captcha:
        """Return this captcha with texts of `shortest` to `length` characters, 1 to 8."""
        if not 1 <= shortest <= length <= MOST:
            raise DrawingError(
                f"the captcha {self.name!r} has no room for {shortest} to {length} characters: "
                f"choose from 1 to {MOST}"
            )
        return replace(self, shortest=shortest, length=length)

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Draw uint8 (n, 60, 160), with middles, float64 (n, length); see `Captcha`."""
        count = len(codes)
        opacity = _noise(count, self.size, rng)
        middles = np.full(codes.shape, np.nan)
        faces = rng.integers(len(self.faces), size=count)
        angles = rng.choice(ANGLES, codes.shape)
        gaps = rng.uniform(*GAP, codes.shape)
        rows = self.size[1] / 2 + rng.uniform(-SHIFT, SHIFT, codes.shape)
        starts = rng.random(count)
        for i, row in enumerate(codes):
            glyphs = [
                render(self.faces[faces[i]], self.charset[code], int(angle))
                for code, angle in zip(row, angles[i], strict=True)
                if code != PAD
            ]
            lefts = self._lefts([glyph.shape[1] for glyph in glyphs], gaps[i], starts[i])
            for j, (glyph, left) in enumerate(zip(glyphs, lefts, strict=True)):
                height, width = glyph.shape
                top = int(np.clip(rows[i, j] - height / 2, 0, self.size[1] - height))
                part = opacity[i, top : top + height, left : left + width]
                np.maximum(part, glyph, out=part)
                middles[i, j] = left + width / 2
        ground, ink = (rng.uniform(*greys, (count, 1, 1)) for greys in (GROUND, INK))
        pictures = ground + opacity * ((ink - ground) / 255)
        return pictures.round().astype(np.uint8), middles

    def _lefts(
        self, widths: list[int], gaps: NDArray[np.float64], start: float
    ) -> NDArray[np.int64]:
        """The left column of each character; `start`, in [0, 1), says where the first one is."""
        room = self.size[0] - 2 * EDGE - sum(widths)
        # Characters that need more room than there is overlap.
        gaps = np.minimum(gaps[: len(widths) - 1], room / max(len(widths) - 1, 1))
        lefts: NDArray[np.float64] = np.cumsum([0, *widths[:-1]]) + np.cumsum([0.0, *gaps])
        lefts += EDGE + start * (room - gaps.sum())
        return lefts.astype(np.int64, copy=False)


@dataclass(frozen=True)
class SumCaptcha(LettersCaptcha):
    """Draws sums of two small numbers, such as 12+3=? or 4×5, each with a whole result.

    The sign is + or - in two of three sums, × in one of four, and else ÷. Half of the sums that
    end in `=` also have a `?`; a third of all end in neither.
    """

    name = "sums"
    charset: str = SUM_CHARSET
    shortest: int = 3
    length: int = 7

    def random_codes(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw the padded codes of `count` random sums, int64 (count, 7)."""
        return codes_of([_random_sum(rng) for _ in range(count)], self.charset, self.length)

    def of_length(self, shortest: int, length: int) -> Captcha:
        """Return this captcha, or raise DrawingError: its numbers decide how long a sum is."""
        return Captcha.of_length(self, shortest, length)


def _random_sum(rng: np.random.Generator) -> str:
    sign = rng.choice(["+", "-", "×", "÷"], p=[0.34, 0.33, 0.25, 0.08])
    if sign in "+-":
        first, second = sorted(rng.integers(1, 21, 2), reverse=True)
        if sign == "+" and rng.random() < 0.5:
            first, second = second, first
    else:
        first, second = rng.integers(1, 10, 2)
        if sign == "÷":
            first, second = first * second, second
    return f"{first}{sign}{second}{rng.choice(['', '=', '=?'])}"


def _noise(count: int, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """The opacity of a wavy line and of dots, float32 (count, height, width) in [0, 255]."""
    width, height = size
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    crest, wave = rng.uniform(*CREST, (count, 1)), rng.uniform(*WAVE, (count, 1))
    start, middle = rng.uniform(0, 2 * np.pi, (count, 1)), rng.uniform(0.3, 0.7, (count, 1))
    line = middle * height + crest * np.sin(columns * (2 * np.pi / wave) + start)
    distance = np.abs(rows[:, np.newaxis] - line.astype(np.float32)[:, np.newaxis])
    opacity: NDArray[np.float32] = ((1.5 - distance) * 255).clip(0, 255)
    dots = rng.integers(height * width, size=(count, DOTS))
    opacity.reshape(count, -1)[np.arange(count)[:, np.newaxis], dots] = 255
    return opacity


@cache
def render(face: Face, character: str, angle: int) -> NDArray[np.float32]:
    """Render a character turned by `angle` degrees: the opacity of its ink, in [0, 255].

    The array, float32, is as high and wide as the ink.
    """
    font = face.font(FONT_SIZE)
    left, top, right, bottom = font.getbbox(character)
    side = 3 * FONT_SIZE
    image = Image.new("L", (side, side))
    corner = ((side - left - right) / 2, (side - top - bottom) / 2)
    ImageDraw.Draw(image).text(corner, character, font=font, fill=255)
    turned = image.rotate(angle, Image.Resampling.BICUBIC)
    return np.asarray(turned.crop(turned.getbbox()), np.float32)
