"""The captcha of the article in fonts, sizes, inks and noises that it never had.

A network that has seen one font reads one font. One that has seen all that is here
has to learn what a digit is, and then the real font, which nobody knows, is one more
(domain randomisation: Tobin et al., IROS 2017). Where the digits and the ellipses are
is as in the article, a few pixels off. How fast that is drawn matters less than how
varied: it is done a picture at a time, in Pillow, by processes of their own.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from training.pictures.captcha import Captcha
from training.pictures.ellipses import EllipseCaptcha
from training.pictures.fonts import Face, find_faces

CHARSET = "234568"
GLYPH_PIXELS = 64  # at which each face's glyphs are rendered once
GLYPH_SIDE = 128
SOFT = 2.0  # pixels of such a glyph over which its ink fades, to make it bolder or thinner
FINER = 2  # a digit is turned on a grid so much finer, then averaged
FIELD = 48  # side of the square that holds a turned digit
TILE_HALF = 13  # columns from a tile's left edge to the middle of its digit, in the article

Range = tuple[float, float]
FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


@dataclass(frozen=True)
class Variety:
    """All ranges, drawn uniformly, a picture or a digit at a time; what has `_share` is how often.

    Lengths are in pixels, greys from 0 (black) to 255, angles in degrees.
    """

    # A picture has one of each of these.
    font_size: Range = (20, 34)
    stretch: Range = (0.85, 1.15)  # of the width alone
    slant: Range = (-0.12, 0.3)  # columns a row, to the right
    weight: Range = (-0.15, 0.25)  # by which the edge of the ink moves, as a share of full ink
    weight_share: float = 0.5
    ink: Range = (0, 90)
    background: Range = (165, 255)
    fringe: Range = (100, 220)  # grey that an antialiased edge keeps, as the article's does
    fringe_share: float = 0.4
    ellipse_width: Range = (14.5, 17.5)
    ellipse_height: Range = (7.25, 8.75)
    ellipse_shift: Range = (-4, 4)
    ellipse_ink: Range = (0, 130)
    smooth_ellipses_share: float = 0.4
    thick_ellipses_share: float = 0.2
    frame_share: float = 0.9
    pepper: Range = (0, 1200)
    pairs: Range = (0, 1)  # share of the pepper that has a second pixel beside it
    blur: Range = (0.3, 0.8)
    blur_share: float = 0.2
    scale: Range = (0.75, 2.0)  # resampled to so much and back
    scale_share: float = 0.2
    jpeg_quality: Range = (40, 95)
    jpeg_share: float = 0.3
    # A digit has one of each of these.
    angle: Range = (-60, 60)
    column: Range = (-5, 5)  # off the middle of the article's tile
    row: Range = (24, 56)  # of the digit's middle


@dataclass(frozen=True)
class VariedCaptcha(Captcha):
    """Draws captchas of the article's kind in any of `faces`, as varied as `variety` says."""

    name = "varied"
    size = EllipseCaptcha.size
    columns = EllipseCaptcha.columns
    cuts = EllipseCaptcha.cuts
    charset = CHARSET

    faces: tuple[Face, ...] = field(default_factory=find_faces)
    variety: Variety = field(default_factory=Variety)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The families that it draws in."""
        return tuple(sorted({face.family for face in self.faces}))

    def draw_many(self, codes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
        """uint8 (n, 80, 310): fresh pictures of `codes` (n, length)."""
        return np.stack([self._draw_one(row, rng) for row in codes])

    def _draw_one(self, codes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
        variety = self.variety
        picture = np.full(self.size[::-1], rng.uniform(*variety.background), np.float32)
        draw_ellipses(picture, variety, rng)
        self._draw_digits(picture, codes, rng)
        draw_pepper(picture, variety, rng)
        image = Image.fromarray(picture.round().clip(0, 255).astype(np.uint8))
        return np.asarray(worsen(image, variety, rng))

    def _draw_digits(
        self, picture: NDArray[np.float32], codes: NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        variety = self.variety
        face = self.faces[rng.integers(len(self.faces))]
        scale = rng.uniform(*variety.font_size) / GLYPH_PIXELS
        stretch, slant = rng.uniform(*variety.stretch), rng.uniform(*variety.slant)
        shape = np.linalg.inv(np.array([[stretch, -slant], [0, 1]]) * scale)
        weigh: list[float] | None = None
        if rng.random() < variety.weight_share:
            # Where ink that fades counts as full decides how bold it is.
            grey = np.arange(256) / 255 - 0.5 + rng.uniform(*variety.weight)
            weigh = ((grey * 3 + 0.5).clip(0, 1) * 255).tolist()
        ink = rng.uniform(*variety.ink)
        fringe = rng.uniform(*variety.fringe) if rng.random() < variety.fringe_share else ink
        for code, left in zip(codes, self.columns, strict=True):
            middle = (
                left + TILE_HALF + rng.uniform(*variety.column),
                rng.uniform(*variety.row),
            )
            turn = np.radians(rng.uniform(*variety.angle))
            back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
            image = glyph(face, CHARSET[code], soft=weigh is not None)
            paste(picture, turned(image, shape @ back, middle, weigh), middle, ink, fringe)


@cache
def glyph(face: Face, character: str, *, soft: bool = False) -> Image.Image:
    """Mode L, 128x128: white on black, at 64 pixels, the middle of its box in the middle.

    Where it is `soft`, its ink fades over some pixels and is white at its darkest place.
    """
    font = ImageFont.truetype(face.path, GLYPH_PIXELS)
    left, top, right, bottom = font.getbbox(character)
    image = Image.new("L", (GLYPH_SIDE, GLYPH_SIDE))
    corner = ((GLYPH_SIDE - left - right) / 2, (GLYPH_SIDE - top - bottom) / 2)
    ImageDraw.Draw(image).text(corner, character, font=font, fill=255)
    return ImageOps.autocontrast(image.filter(ImageFilter.GaussianBlur(SOFT))) if soft else image


def turned(
    image: Image.Image,
    inverse: NDArray[np.float64],
    middle: tuple[float, float],
    weigh: Sequence[float] | None,
) -> NDArray[np.float32]:
    """float32 (48, 48) in [0, 1]: how much ink is where.

    `inverse` is the linear map from pixels there to pixels of `image`. Of `middle` only
    the fractions count here: the field's own middle is a whole pixel. `weigh` says for
    each of the 256 greys how much ink it is.
    """
    inverse = inverse / FINER
    fraction = np.array(middle) - np.floor(middle)
    offset = GLYPH_SIDE / 2 - inverse @ ((FIELD / 2 + fraction) * FINER)
    (a, b), (d, e) = inverse.tolist()
    fine = image.transform(
        (FIELD * FINER, FIELD * FINER),
        Image.Transform.AFFINE,
        (a, b, offset[0], d, e, offset[1]),
        Image.Resampling.BILINEAR,
    )
    if weigh:
        fine = fine.point(weigh)
    return np.asarray(fine.reduce(FINER), np.float32) / np.float32(255)


def paste(
    picture: NDArray[np.float32],
    ink_there: NDArray[np.float32],
    middle: tuple[float, float],
    ink: float,
    fringe: float,
) -> None:
    """Lay ink onto a picture, in place; what reaches over the edge is cut off."""
    left, top = (int(np.floor(each)) - FIELD // 2 for each in middle)
    rows = slice(max(top, 0), min(top + FIELD, picture.shape[0]))
    columns = slice(max(left, 0), min(left + FIELD, picture.shape[1]))
    there = ink_there[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    colour = ink * there + fringe * (1 - there)
    picture[rows, columns] += there * (colour - picture[rows, columns])


def draw_ellipses(picture: NDArray[np.float32], variety: Variety, rng: np.random.Generator) -> None:
    """Concentric ellipses and the frame, in place: as Pillow draws them, or smooth."""
    height, width = picture.shape
    ink = rng.uniform(*variety.ellipse_ink)
    step = (rng.uniform(*variety.ellipse_width), rng.uniform(*variety.ellipse_height))
    middle = [side / 2 + rng.uniform(*variety.ellipse_shift) for side in (width, height)]
    thick = rng.random() < variety.thick_ellipses_share
    if rng.random() < variety.smooth_ellipses_share:
        x, y = (np.arange(width) - middle[0]) / step[0], (np.arange(height) - middle[1]) / step[1]
        radius = np.hypot(x, y[:, np.newaxis])
        # Its gradient turns a difference in radius into a distance in pixels.
        slope = np.hypot(x / step[0], (y / step[1])[:, np.newaxis]) / np.maximum(radius, 1e-9)
        distance = np.abs(radius - radius.round()) / np.maximum(slope, 1e-9)
        there = (0.5 + (1.0 if thick else 0.5) - distance).clip(0, 1) * (radius > 0.5)
        picture += there.astype(np.float32) * (ink - picture)
    else:
        mask = Image.new("1", (width, height))
        draw = ImageDraw.Draw(mask)
        for i in range(1, int(width / 2 / step[0] + height / 2 / step[1]) + 2):
            dx, dy = i * step[0], i * step[1]
            box = (middle[0] - dx, middle[1] - dy, middle[0] + dx, middle[1] + dy)
            draw.ellipse(box, outline=1, width=2 if thick else 1)
        picture[np.asarray(mask)] = ink
    if rng.random() < variety.frame_share:
        picture[[0, -1]] = ink
        picture[:, [0, -1]] = ink


def draw_pepper(picture: NDArray[np.float32], variety: Variety, rng: np.random.Generator) -> None:
    """Dark points, single or in pairs, in place."""
    height, width = picture.shape
    points = rng.integers((0, 0), (height, width), (round(rng.uniform(*variety.pepper)), 2))
    paired = points[: round(len(points) * rng.uniform(*variety.pairs) / 2)]
    beside = paired + rng.integers(-1, 2, paired.shape)
    # The pairs' second points take the places of as many single ones.
    points = np.concatenate([points[: len(points) - len(beside)], beside])
    points = points.clip(0, (height - 1, width - 1))
    picture[points[:, 0], points[:, 1]] = rng.uniform(*variety.ink)


def worsen(image: Image.Image, variety: Variety, rng: np.random.Generator) -> Image.Image:
    """What happens to a picture on its way: blur, resampling, JPEG."""
    if rng.random() < variety.blur_share:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(*variety.blur)))
    if rng.random() < variety.scale_share:
        scale = rng.uniform(*variety.scale)
        size = (round(image.width * scale), round(image.height * scale))
        there, back = (FILTERS[i] for i in rng.integers(len(FILTERS), size=2))
        image = image.resize(size, there).resize(image.size, back)
    if rng.random() < variety.jpeg_share:
        content = io.BytesIO()
        image.save(content, "JPEG", quality=round(rng.uniform(*variety.jpeg_quality)))
        image = Image.open(content)
        image.load()
    return image
