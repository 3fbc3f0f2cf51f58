"""How the letters of general captchas are painted: plain, hollow, shadowed and so on."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.general.ground import Greys
from capslice.training.pictures.general.layout import Layout
from capslice.training.pictures.general.variety import Variety, pick

ALIASED = 110  # opacity from which a pixel is ink, where there are no greys
LEAST_INK_CONTRAST = 40
LEAST_STRIPED = 24  # the height of a capital, in pixels, that can be striped


def paint_letters(
    picture: NDArray[np.uint8],
    layout: Layout,
    greys: Greys,
    variety: Variety,
    rng: np.random.Generator,
) -> None:
    """Paint the letters onto a picture, in place."""
    stroke = pick(variety.strokes, rng)
    if stroke == "striped" and layout.capital < LEAST_STRIPED:
        stroke = "plain"
    if layout.thin and stroke in ("hollow", "striped"):
        stroke = "plain"
    several_inks = rng.random() < variety.several_inks_share
    aliased = rng.random() < variety.aliased_share and not layout.thin
    step = max(1, round(layout.capital * rng.uniform(0.03, 0.12)))
    shift = (step if rng.random() < 0.7 else -step, step if rng.random() < 0.7 else -step)
    second = rng.uniform(0.25, 0.6)  # contrast of shadows, as a share of the ink's
    slope = rng.uniform(-2, 2)  # of stripes, in columns a row
    thick = 2 + (layout.capital > 30 and rng.random() < 0.5)
    for mask, middle in layout.letters:
        ink = _ink(greys, variety, rng) if several_inks else greys.ink
        if aliased:
            mask = np.where(mask > ALIASED, 255, 0).astype(np.uint8)
        if stroke == "outlined":
            blend(picture, mask, middle, greys.ground + second * (ink - greys.ground))
        if stroke in ("hollow", "outlined"):
            pen = np.ones((thick, thick), np.uint8)
            mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, pen), np.uint8)
        elif stroke == "striped":
            mask = _striped(mask, thick, slope)
        elif stroke == "doubled":
            blend(picture, mask, middle, ink, (shift[0], 0))
        elif stroke == "shadowed":
            blend(picture, mask, middle, greys.ground + second * (ink - greys.ground), shift)
        elif stroke == "embossed":
            blend(picture, mask, middle, 2 * greys.ground - ink, (-shift[0], -shift[1]))
            blend(picture, mask, middle, ink, shift)
            ink = greys.ground + 0.15 * (ink - greys.ground)
        blend(picture, mask, middle, ink)


def blend(
    picture: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    middle: tuple[float, float],
    ink: float,
    shift: tuple[int, int] = (0, 0),
) -> None:
    """Blend a letter into a picture, in place: `mask` is its opacity, cut at the edges."""
    height, width = mask.shape
    left = round(middle[0] - width / 2) + shift[0]
    top = round(middle[1] - height / 2) + shift[1]
    x, y = max(0, -left), max(0, -top)
    part = picture[top + y : max(0, top + height), left + x : max(0, left + width)]
    if not part.size:
        return
    opacity = mask[y : y + part.shape[0], x : x + part.shape[1]].astype(np.float32) / 255
    part[:] = (part + (np.float32(min(max(ink, 0), 255)) - part) * opacity).astype(np.uint8)


def _striped(mask: NDArray[np.uint8], thick: int, slope: float) -> NDArray[np.uint8]:
    """Leave stripes of a letter, with gaps as wide as a pixel."""
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    stripes = (columns + slope * rows) % (thick + 1) < thick
    return np.where(stripes, mask, 0).astype(np.uint8)


def _ink(greys: Greys, variety: Variety, rng: np.random.Generator) -> float:
    """Another grey on the same side of the ground."""
    contrast = abs(greys.contrast)
    changed = max(contrast * rng.uniform(*variety.ink_contrast), min(contrast, LEAST_INK_CONTRAST))
    return greys.ground + math.copysign(changed, greys.contrast)
