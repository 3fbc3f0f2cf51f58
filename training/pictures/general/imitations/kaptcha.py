"""Pictures like those of Java's kaptcha: bold letters, rippled, on a gradient with curves."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.imitations.drawing import (
    SHIFT,
    Drawn,
    cell,
    choose_alike,
    cubic,
)
from capslice.training.pictures.general.strokes import blend
from capslice.training.pictures.general.warping import Coordinates, shifted

ALIKE = ("FreeSans", "FreeMono", "Arvo", "Roboto", "DejaVuSans")
SIZES = ((200, 50), (200, 50), (160, 60), (125, 45), (100, 40), (150, 60))  # pixels
LIGHT = (170, 250)  # grey of the darker end of the gradient; the other end is white
INKS = (0, 0, 0, 29, 90)  # black, blue, and paler ones
CURVE = (0.02, 0.3, 0.6, 0.98)  # columns of a curve's control points, in widths
BOLD = 600  # weights from here on are preferred


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text in one of the sizes that sites set; long texts are made smaller."""
    face = _bold(choose_alike(faces, ALIKE, text, rng), faces)
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    em, space = height * rng.uniform(0.6, 0.85), rng.uniform(2, 6)
    cells = [cell(face, character, em) for character in text]
    widths = np.array([each.mask.shape[1] + space for each in cells])
    if widths.sum() > width - 8:
        shrink = (width - 8) / widths.sum()
        cells = [cell(face, character, em * shrink) for character in text]
        widths *= shrink
    columns = (width - widths.sum()) / 2 + np.cumsum(widths) - widths / 2
    ink = float(rng.choice(INKS))
    opacity = np.zeros((height, width), np.uint8)
    middles = np.array(
        [(x, height / 2 + each.drop) for x, each in zip(columns, cells, strict=True)]
    )
    for (x, y), each in zip(middles, cells, strict=True):
        blend(opacity, each.mask, (x, y), 255)
    before = rng.random() < 0.5  # the curves ripple, too
    curves = int(rng.integers(0, 3))
    if before:
        _curves(opacity, curves, rng)
    opacity, middles = _rippled(opacity, middles, rng)
    if not before:
        _curves(opacity, curves, rng)
    picture = _gradient(width, height, rng)
    if rng.random() < 0.2:
        shadow = cv2.blur(opacity, (7, 7)).astype(np.float32) / 255
        picture -= picture * np.roll(shadow, (3, 3), (0, 1)) * 0.7
    picture += (ink - picture) * (opacity.astype(np.float32) / 255)
    grey = picture.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        border = int(rng.choice((0, 0, 105, 160)))
        cv2.rectangle(grey, (0, 0), (width - 1, height - 1), border)
    return Drawn(grey, middles.clip((0, 0), (width, height)))


def _bold(face: Face, faces: Sequence[Face]) -> Face:
    """A bold face of the same family, if there is one."""
    family = [each for each in faces if each.family == face.family]
    bold = [each for each in family if each.weight >= BOLD and each.slanted == face.slanted]
    return bold[0] if bold else face


def _gradient(width: int, height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    x, y = np.linspace(0, 1, width), np.linspace(0, 1, height)[:, np.newaxis]
    share = rng.choice((0.5, 0, 1))
    light = rng.uniform(*LIGHT)
    return np.asarray(light + (255 - light) * (share * x + (1 - share) * y), np.float32)


def _curves(opacity: NDArray[np.uint8], count: int, rng: np.random.Generator) -> None:
    """Draw cubic curves from the left to the right."""
    height, width = opacity.shape
    for _ in range(count):
        line = cubic(np.multiply(CURVE, width), rng.uniform(0, height, 4))
        thick = int(rng.integers(1, 3))
        cv2.polylines(opacity, [line], False, 255, thick, cv2.LINE_AA, SHIFT)


def _rippled(
    opacity: NDArray[np.uint8], middles: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Move rows and columns along short waves, with rings like those on water on top."""
    if rng.random() < 0.15:
        return opacity, middles
    right, down = rng.uniform(0.5, 2.6), rng.uniform(0.5, 1.7)
    phases = rng.uniform(0, 2 * np.pi, 3)
    lengths = rng.uniform(10, 25, 2)
    rings = rng.uniform(0, 1.2) if rng.random() < 0.6 else 0
    height, width = opacity.shape

    def shift(x: Coordinates, y: Coordinates) -> tuple[Coordinates, Coordinates]:
        dx, dy = x - width / 2, y - height / 2
        distance = np.sqrt(dx * dx + dy * dy) + 1e-3
        water = rings * np.sin(distance / 4 + phases[2]) / distance
        return (
            right * np.sin(2 * np.pi * y / lengths[0] + phases[0]) + water * dx,
            down * np.sin(2 * np.pi * x / lengths[1] + phases[1]) + water * dy,
        )

    return shifted(opacity, middles, shift)
