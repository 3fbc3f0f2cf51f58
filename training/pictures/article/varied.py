"""The captcha of the article in fonts, sizes, inks and noises that it never had.

A network that has seen one font reads one font. One that has seen all that is here
has to learn what a digit is, and then the real font, which nobody knows, is one more
(domain randomisation: Tobin et al., IROS 2017). Digits and ellipses are about where they
are in the article, or where the library that draws such captchas sets them. How fast that
is drawn matters less than how varied: it is done a picture at a time, in Pillow, by
processes of their own.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from capslice.training.pictures.article.ellipses import CHARSET, EllipseCaptcha
from capslice.training.pictures.article.layout import ArticleCaptcha
from capslice.training.pictures.fonts import HELD_OUT, Face, by_family, family_names, find_faces

GLYPH_PIXELS = 64  # at which each face's glyphs are rendered once
GLYPH_SIDE = 128
SOFT = 2.0  # pixels of such a glyph over which its ink fades, to make it bolder or thinner
THIN = 200  # the weight up to which a face is drawn gently:
GENTLE_INK, GENTLE_BACKGROUND = 45, 190  # no lighter, and no darker
GENTLE_SIZE, GENTLE_PEPPER = 21, 800  # no smaller, and no more
FINER = 2  # a digit is turned on a grid so much finer, then averaged
FIELD = 48  # side of the square that holds a turned digit
CORNERS = np.array([(0, 0), (0, 1), (1, 1), (1, 0)])  # of a field, as Pillow goes round them
ALIASED = 0.4  # ink from which a pixel is all ink where there are no greys
TILE_HALF = 13  # columns from a tile's left edge to the middle of its digit, in the article

Range = tuple[float, float]
FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


@dataclass(frozen=True)
class Variety:
    """All ranges, drawn uniformly, a picture or a digit at a time; what has `_share` is how often.

    Lengths are in pixels, greys from 0 (black) to 255, angles in degrees.
    """

    article_share: float = 0.1  # the article's captcha as it is, and nothing else of this
    # A picture has one of each of these.
    font_size: Range = (19, 34)
    thin_share: float = 0.45  # in a face of weight THIN or less, beside what chance gives
    faint: Range = (0.5, 1)  # of its ink, that a stroke has: as one thinner than a pixel
    faint_share: float = 0  # but in those thin faces
    stretch: Range = (0.85, 1.15)  # of the width alone
    slant: Range = (-0.12, 0.3)  # columns a row, to the right
    weight: Range = (-0.15, 0.25)  # by which the edge of the ink moves, as a share of full ink
    weight_share: float = 0.5
    nib: Range = (1, 5)  # glyph pixels that a broad pen is wide, its edge at any angle
    nib_share: float = 0.25
    aliased_share: float = 0.1  # no grey at the digits' edges
    ink: Range = (0, 75)
    background: Range = (175, 255)
    fringe: Range = (100, 210)  # grey that an antialiased edge keeps, as the article's does
    fringe_share: float = 0.35
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
    scale: Range = (0.8, 2.0)  # resampled to so much and back
    scale_share: float = 0.2
    jpeg_quality: Range = (40, 95)
    jpeg_share: float = 0.3
    shift: Range = (-4, 4)  # of all digits, sideways
    pitch: Range = (40, 52)  # from digit to digit, where they are not in the article's places
    pitch_share: float = 0.3
    # A digit has one of each of these.
    angle: Range = (-60, 60)
    column: Range = (-5, 5)  # off its place
    row: Range = (24, 56)  # of its middle
    bend: Range = (-18, 18)  # glyph pixels that each corner of its field is pulled
    bend_share: float = 0.5

    def gentle(self) -> Variety:
        """For faces so thin that what can happen to others would leave nothing of them."""
        smallest, largest = self.font_size
        return replace(
            self,
            ink=(self.ink[0], min(self.ink[1], GENTLE_INK)),
            background=(max(self.background[0], GENTLE_BACKGROUND), self.background[1]),
            font_size=(min(max(smallest, GENTLE_SIZE), largest), largest),
            pepper=(self.pepper[0], min(self.pepper[1], GENTLE_PEPPER)),
            weight_share=0,
            nib_share=0,
            aliased_share=0,
            fringe_share=0,
            faint_share=1,  # so that they stand for hairlines, of which there are few
            blur_share=0,
            scale_share=0,
        )


@dataclass(frozen=True)
class VariedCaptcha(ArticleCaptcha):
    """Draws captchas of the article's kind in any of `faces`, as varied as `variety` says."""

    name = "varied"

    charset: str = CHARSET
    faces: tuple[Face, ...] = field(default_factory=find_faces)
    variety: Variety = field(default_factory=Variety)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The families that it draws in, each as often as the others."""
        return family_names(self.faces)

    def held_out(self) -> VariedCaptcha:
        """The same in the families that are held out. Raises GlyphError where there is none."""
        variety = replace(self.variety, article_share=0)
        return replace(self, faces=find_faces(HELD_OUT), variety=variety)

    @cached_property
    def _article(self) -> EllipseCaptcha:
        return EllipseCaptcha(self.charset)

    @cached_property
    def _families(self) -> list[list[Face]]:
        return by_family(self.faces)

    @cached_property
    def _thin_families(self) -> list[list[Face]]:
        return by_family([face for face in self.faces if face.weight <= THIN])

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """uint8 (n, 80, 310), and float64 (n, length): where each digit's middle is."""
        pictures, middles = zip(*(self._draw_one(row, rng) for row in codes), strict=True)
        return np.stack(pictures), np.stack(middles)

    def _draw_one(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        variety = self.variety
        if rng.random() < variety.article_share:
            article = self._article.draw_many(codes[np.newaxis], rng)
            return article.reshape(self.size[::-1]), self._article_places
        thin = self._thin_families if rng.random() < variety.thin_share else []
        families = thin or self._families
        family = families[rng.integers(len(families))]
        face = family[rng.integers(len(family))]
        if face.weight <= THIN:
            variety = variety.gentle()
        picture = np.full(self.size[::-1], rng.uniform(*variety.background), np.float32)
        draw_ellipses(picture, variety, rng)
        middles = self._draw_digits(picture, codes, face, variety, rng)
        draw_pepper(picture, variety, rng)
        image = Image.fromarray(picture.round().clip(0, 255).astype(np.uint8))
        return np.asarray(worsen(image, variety, rng)), middles

    def _draw_digits(
        self,
        picture: NDArray[np.float32],
        codes: NDArray[np.int64],
        face: Face,
        variety: Variety,
        rng: np.random.Generator,
    ) -> NDArray[np.float64]:
        scale = rng.uniform(*variety.font_size) / GLYPH_PIXELS
        stretch, slant = rng.uniform(*variety.stretch), rng.uniform(*variety.slant)
        shape = np.linalg.inv(np.array([[stretch, -slant], [0, 1]]) * scale)
        weigh: list[float] | None = None
        if rng.random() < variety.weight_share:
            # Where ink that fades counts as full decides how bold it is.
            grey = np.arange(256) / 255 - 0.5 + rng.uniform(*variety.weight)
            weigh = ((grey * 3 + 0.5).clip(0, 1) * 255).tolist()
        nib = rng.uniform(*variety.nib) if rng.random() < variety.nib_share else 0
        edge = rng.uniform(0, np.pi)
        aliased = rng.random() < variety.aliased_share
        ink = rng.uniform(*variety.ink)
        faint = rng.uniform(*variety.faint) if rng.random() < variety.faint_share else 1
        fringe = rng.uniform(*variety.fringe) if rng.random() < variety.fringe_share else ink
        middles = []
        for code, column in zip(codes, self._places(variety, rng), strict=True):
            middle = (column + rng.uniform(*variety.column), rng.uniform(*variety.row))
            turn = np.radians(rng.uniform(*variety.angle))
            back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
            bend = np.zeros((4, 2))
            if rng.random() < variety.bend_share:
                bend = rng.uniform(*variety.bend, (4, 2))
            image = glyph(face, self.charset[code], soft=weigh is not None)
            if nib:
                moved = round(nib * np.cos(edge)), round(nib * np.sin(edge))
                image = ImageChops.lighter(image, ImageChops.offset(image, *moved))
            there = turned(image, shape @ back, middle, bend, weigh)
            if aliased:
                there = (there > ALIASED).astype(np.float32)
            paste(picture, there * faint, middle, ink, fringe)
            middles.append(middle[0])
        return np.array(middles)

    @cached_property
    def _article_places(self) -> NDArray[np.float64]:
        return np.array(self.columns, float) + TILE_HALF

    def _places(self, variety: Variety, rng: np.random.Generator) -> NDArray[np.float64]:
        """Of the digits' middles: the article's columns, or evenly about the picture's middle."""
        places = self._article_places
        if rng.random() < variety.pitch_share:
            steps = np.arange(self.length, dtype=float) - (self.length - 1) / 2
            places = steps * rng.uniform(*variety.pitch) + self.size[0] / 2
        return places + rng.uniform(*variety.shift)


@cache
def glyph(face: Face, character: str, *, soft: bool = False) -> Image.Image:
    """Mode L, 128x128: white on black, at 64 pixels, the middle of its box in the middle.

    Where it is `soft`, its ink fades over some pixels and is white at its darkest place.
    """
    font = face.font(GLYPH_PIXELS)
    left, top, right, bottom = font.getbbox(character)
    image = Image.new("L", (GLYPH_SIDE, GLYPH_SIDE))
    corner = ((GLYPH_SIDE - left - right) / 2, (GLYPH_SIDE - top - bottom) / 2)
    ImageDraw.Draw(image).text(corner, character, font=font, fill=255)
    return ImageOps.autocontrast(image.filter(ImageFilter.GaussianBlur(SOFT))) if soft else image


def turned(
    image: Image.Image,
    inverse: NDArray[np.float64],
    middle: tuple[float, float],
    bend: NDArray[np.float64],
    weigh: Sequence[float] | None,
) -> NDArray[np.float32]:
    """float32 (48, 48) in [0, 1]: how much ink is where.

    `inverse` is the linear map from pixels there to pixels of `image`, to which `bend`
    (4, 2) adds at the corners. Of `middle` only the fractions count here: the field's own
    middle is a whole pixel. `weigh` says for each of the 256 greys how much ink it is.
    """
    fraction = np.array(middle) - np.floor(middle)
    corners = (CORNERS * FIELD - FIELD / 2 - fraction) @ inverse.T + GLYPH_SIDE / 2 + bend
    fine = image.transform(
        (FIELD * FINER, FIELD * FINER),
        Image.Transform.QUAD,
        tuple(corners.ravel().tolist()),
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
