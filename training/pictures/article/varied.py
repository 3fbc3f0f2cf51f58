"""The article's captcha in many fonts, sizes, inks and noises.

A network that has seen one font reads one font. A network that has seen all of this must learn
what a digit is, and then the unknown font of a real site is just one more (domain randomisation:
Tobin et al., IROS 2017). Digits and ellipses are about where the article has them, or where the
library that draws such captchas puts them. Speed matters less than variety here: Pillow draws one
picture at a time, in other processes than the fit's.
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
from capslice.training.pictures.article.layout import TILE_MIDDLE, ArticleCaptcha
from capslice.training.pictures.article.variety import THIN, Variety
from capslice.training.pictures.fonts import HELD_OUT, Face, by_family, family_names, find_faces

GLYPH_PIXELS = 64  # the size at which each glyph is rendered once
GLYPH_SIDE = 128  # of the square picture of a glyph
SOFT = 2.0  # glyph pixels over which ink fades, so that a threshold makes it bolder or thinner
OVERSAMPLING = 2  # digits are rotated on a grid that is finer by this factor, then averaged
FIELD = 48  # side of the square that holds a rotated digit
CORNERS = np.array([(0, 0), (0, 1), (1, 1), (1, 0)])  # of the field, in Pillow's order
ALIASED = 0.4  # threshold of ink without greys

FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


@dataclass(frozen=True)
class VariedCaptcha(ArticleCaptcha):
    """Draws captchas like the article's in the given `faces`, within the ranges of `variety`."""

    name = "varied"

    charset: str = CHARSET
    faces: tuple[Face, ...] = field(default_factory=find_faces)
    variety: Variety = field(default_factory=Variety)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The families that it draws in; all are equally likely."""
        return family_names(self.faces)

    def held_out(self) -> VariedCaptcha:
        """Return the same captcha in held-out families. Raises MissingExtra if there is none."""
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
        """Draw uint8 (n, 80, 310), with middles, float64 (n, length); see `Captcha`."""
        pictures, middles = zip(*(self._draw_one(row, rng) for row in codes), strict=True)
        return np.stack(pictures), np.stack(middles)

    def _draw_one(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        variety = self.variety
        if rng.random() < variety.article_share:
            article = self._article.draw_many(codes[np.newaxis], rng)
            return article.reshape(self.size[::-1]), self._article_middles
        thin = self._thin_families if rng.random() < variety.thin_share else []
        families = thin or self._families
        family = families[rng.integers(len(families))]
        face = family[rng.integers(len(family))]
        if face.weight <= THIN:
            variety = variety.for_thin_faces()
        picture = np.full(self.size[::-1], rng.uniform(*variety.background), np.float32)
        draw_ellipses(picture, variety, rng)
        middles = self._draw_digits(picture, codes, face, variety, rng)
        draw_pepper(picture, variety, rng)
        image = Image.fromarray(picture.round().clip(0, 255).astype(np.uint8))
        return np.asarray(degrade(image, variety, rng)), middles

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
        levels: list[float] | None = None
        if rng.random() < variety.weight_share:
            # The threshold from which soft ink counts as full decides how bold the digit is.
            grey = np.arange(256) / 255 - 0.5 + rng.uniform(*variety.weight)
            levels = ((grey * 3 + 0.5).clip(0, 1) * 255).tolist()
        nib = rng.uniform(*variety.nib) if rng.random() < variety.nib_share else 0
        nib_angle = rng.uniform(0, np.pi)
        aliased = rng.random() < variety.aliased_share
        ink = rng.uniform(*variety.ink)
        faint = rng.uniform(*variety.faint) if rng.random() < variety.faint_share else 1
        fringe = rng.uniform(*variety.fringe) if rng.random() < variety.fringe_share else ink
        middles = []
        for code, column in zip(codes, self._columns(variety, rng), strict=True):
            middle = (column + rng.uniform(*variety.column), rng.uniform(*variety.row))
            angle = np.radians(rng.uniform(*variety.angle))
            back = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            bend = np.zeros((4, 2))
            if rng.random() < variety.bend_share:
                bend = rng.uniform(*variety.bend, (4, 2))
            image = render_glyph(face, self.charset[code], soft=levels is not None)
            if nib:
                moved = round(nib * np.cos(nib_angle)), round(nib * np.sin(nib_angle))
                image = ImageChops.lighter(image, ImageChops.offset(image, *moved))
            opacity = transform_glyph(image, shape @ back, middle, bend, levels)
            if aliased:
                opacity = (opacity > ALIASED).astype(np.float32)
            blend(picture, opacity * faint, middle, ink, fringe)
            middles.append(middle[0])
        return np.array(middles)

    @cached_property
    def _article_middles(self) -> NDArray[np.float64]:
        return np.array(self.columns, float) + TILE_MIDDLE

    def _columns(self, variety: Variety, rng: np.random.Generator) -> NDArray[np.float64]:
        """The digits' middles: as in the article, or evenly spaced about the picture's middle."""
        columns = self._article_middles
        if rng.random() < variety.pitch_share:
            steps = np.arange(self.length, dtype=float) - (self.length - 1) / 2
            columns = steps * rng.uniform(*variety.pitch) + self.size[0] / 2
        return columns + rng.uniform(*variety.shift)


@cache
def render_glyph(face: Face, character: str, *, soft: bool = False) -> Image.Image:
    """Render a character at 64 pixels, white on black, centred: mode L, 128x128.

    With `soft`, its edges fade over some pixels and its brightest pixel is white.
    """
    font = face.font(GLYPH_PIXELS)
    left, top, right, bottom = font.getbbox(character)
    image = Image.new("L", (GLYPH_SIDE, GLYPH_SIDE))
    corner = ((GLYPH_SIDE - left - right) / 2, (GLYPH_SIDE - top - bottom) / 2)
    ImageDraw.Draw(image).text(corner, character, font=font, fill=255)
    return ImageOps.autocontrast(image.filter(ImageFilter.GaussianBlur(SOFT))) if soft else image


def transform_glyph(
    image: Image.Image,
    inverse: NDArray[np.float64],
    middle: tuple[float, float],
    bend: NDArray[np.float64],
    levels: Sequence[float] | None,
) -> NDArray[np.float32]:
    """Transform a glyph, and return the opacity of its ink: float32 (48, 48) in [0, 1].

    inverse: (2, 2), the linear map from pixels of the result to pixels of `image`.
    middle:  where the glyph's middle goes in the picture; only its fractions of a pixel matter.
    bend:    (4, 2), the shift of each corner, in pixels of `image`.
    levels:  what each of the 256 greys is mapped to, if given.
    """
    fraction = np.array(middle) - np.floor(middle)
    corners = (CORNERS * FIELD - FIELD / 2 - fraction) @ inverse.T + GLYPH_SIDE / 2 + bend
    fine = image.transform(
        (FIELD * OVERSAMPLING, FIELD * OVERSAMPLING),
        Image.Transform.QUAD,
        tuple(corners.ravel().tolist()),
        Image.Resampling.BILINEAR,
    )
    if levels:
        fine = fine.point(levels)
    return np.asarray(fine.reduce(OVERSAMPLING), np.float32) / np.float32(255)


def blend(
    picture: NDArray[np.float32],
    opacity: NDArray[np.float32],
    middle: tuple[float, float],
    ink: float,
    fringe: float,
) -> None:
    """Blend a glyph's ink into a picture, in place, and crop it at the edges.

    Full opacity has the grey `ink`; the lower the opacity, the nearer the grey is to `fringe`.
    """
    left, top = (int(np.floor(each)) - FIELD // 2 for each in middle)
    rows = slice(max(top, 0), min(top + FIELD, picture.shape[0]))
    columns = slice(max(left, 0), min(left + FIELD, picture.shape[1]))
    opacity = opacity[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    colour = ink * opacity + fringe * (1 - opacity)
    picture[rows, columns] += opacity * (colour - picture[rows, columns])


def draw_ellipses(picture: NDArray[np.float32], variety: Variety, rng: np.random.Generator) -> None:
    """Draw concentric ellipses and the frame, in place: as Pillow does, or antialiased."""
    height, width = picture.shape
    ink = rng.uniform(*variety.ellipse_ink)
    step = (rng.uniform(*variety.ellipse_width), rng.uniform(*variety.ellipse_height))
    middle = [side / 2 + rng.uniform(*variety.ellipse_shift) for side in (width, height)]
    thick = rng.random() < variety.thick_ellipses_share
    if rng.random() < variety.smooth_ellipses_share:
        x, y = (np.arange(width) - middle[0]) / step[0], (np.arange(height) - middle[1]) / step[1]
        radius = np.hypot(x, y[:, np.newaxis])
        # The gradient converts a difference in radius to a distance in pixels.
        slope = np.hypot(x / step[0], (y / step[1])[:, np.newaxis]) / np.maximum(radius, 1e-9)
        distance = np.abs(radius - radius.round()) / np.maximum(slope, 1e-9)
        opacity = (0.5 + (1.0 if thick else 0.5) - distance).clip(0, 1) * (radius > 0.5)
        picture += opacity.astype(np.float32) * (ink - picture)
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
    """Draw dark points, single or in pairs, in place."""
    height, width = picture.shape
    points = rng.integers((0, 0), (height, width), (round(rng.uniform(*variety.pepper)), 2))
    paired = points[: round(len(points) * rng.uniform(*variety.pairs) / 2)]
    beside = paired + rng.integers(-1, 2, paired.shape)
    # The second points of pairs replace as many single points, so that the count stays.
    points = np.concatenate([points[: len(points) - len(beside)], beside])
    points = points.clip(0, (height - 1, width - 1))
    picture[points[:, 0], points[:, 1]] = rng.uniform(*variety.ink)


def degrade(image: Image.Image, variety: Variety, rng: np.random.Generator) -> Image.Image:
    """Degrade a picture as on the way through the web: blur, resampling, JPEG."""
    if rng.random() < variety.blur_share:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(*variety.blur)))
    if rng.random() < variety.scale_share:
        scale = rng.uniform(*variety.scale)
        size = (round(image.width * scale), round(image.height * scale))
        first, second = (FILTERS[i] for i in rng.integers(len(FILTERS), size=2))
        image = image.resize(size, first).resize(image.size, second)
    if rng.random() < variety.jpeg_share:
        content = io.BytesIO()
        image.save(content, "JPEG", quality=round(rng.uniform(*variety.jpeg_quality)))
        image = Image.open(content)
        image.load()
    return image
