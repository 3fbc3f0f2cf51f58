"""Pictures like those of PHP's Gregwar/Captcha: swirled text with lines before and behind it.

Half of the pictures are inverted, some show edges alone, and all are JPEG files.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.imitations.drawing import (
    Drawn,
    cell,
    choose_alike,
    random_grey,
)
from capslice.training.pictures.general.strokes import blend
from capslice.training.pictures.general.warping import Coordinates, shifted

ALIKE = ("Quicksand", "DejaVuSans", "Kalam", "EBGaramond", "Fredoka")
SIZES = ((150, 40), (150, 40), (150, 40), (120, 40), (180, 50), (200, 60))  # pixels
POINT = 4 / 3  # pixels
TILT, OFFSET = 8, 5  # degrees and pixels
AREA = (2000, 3000)  # square pixels for each line
EDGES = np.array([[-1, 0, -1], [0, 4, 0], [-1, 0, -1]], np.float32)


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text that fills most of the picture."""
    face = choose_alike(faces, ALIKE, text, rng)
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    em = min((width / len(text) - rng.integers(0, 4) - 1) * POINT, height * 1.1)
    cells = [cell(face, character, em, rng.uniform(-TILT, TILT)) for character in text]
    widths = np.array([each.mask.shape[1] + em / 20 for each in cells])
    columns = (width - widths.sum()) / 2 + np.cumsum(widths) - widths / 2
    rows = height / 2 + rng.integers(-OFFSET, OFFSET + 1, len(text))
    rows = rows + [each.drop for each in cells]
    ground, ink = random_grey(200, 256, rng), random_grey(0, 151, rng)
    picture = np.full((height, width), ground, np.uint8)
    _lines(picture, None, rng)
    middles = np.stack([columns, rows], -1)
    for (x, y), each in zip(middles, cells, strict=True):
        blend(picture, each.mask, (x, y), ink)
    _lines(picture, ink, rng)
    picture, middles = _swirled(picture, middles, rng)
    picture = _filtered(picture, rng)
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return Drawn(picture, middles.clip((0, 0), (width, height)))


def _lines(picture: NDArray[np.uint8], grey: float | None, rng: np.random.Generator) -> None:
    """Draw lines of 1 to 3 pixels across the picture; without `grey`, in pale greys."""
    height, width = picture.shape
    for _ in range(int(height * width / rng.uniform(*AREA)) + 1):
        x, y = rng.uniform(0, width, 2), rng.uniform(0, height, 2)
        if rng.random() < 0.5:
            x = rng.uniform((0, width / 2), (width / 2, width))
        else:
            y = rng.uniform((0, height / 2), (height / 2, height))
        (x0, x1), (y0, y1) = x.astype(int).tolist(), y.astype(int).tolist()
        colour = random_grey(100, 256, rng) if grey is None else grey
        cv2.line(picture, (x0, y0), (x1, y1), colour, int(rng.integers(1, 4)))


def _swirled(
    picture: NDArray[np.uint8], middles: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Move each pixel along rings around a point, and each column along a wave."""
    height, width = picture.shape
    x0, y0, phase = rng.uniform((0, 0, 0), (width, height, 10))
    scale = rng.uniform(1.1, 1.44)

    def shift(x: Coordinates, y: Coordinates) -> tuple[Coordinates, Coordinates]:
        dx, dy = x - x0, y - y0
        distance = np.sqrt(dx * dx + dy * dy) + 1e-3
        ring = 4 * np.sin(distance / 30) / distance
        across = dx * ring
        return across, dy * ring + scale * np.sin(phase + (x + across) * 0.2)

    return shifted(picture, middles, shift)


def _filtered(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    grey = picture.astype(np.float32)
    if rng.random() < 0.5:
        grey = 255 - grey
    if rng.random() < 1 / 11:
        grey = np.asarray(cv2.filter2D(grey, -1, EDGES), np.float32) + 127
    # The library's contrast goes from -50 to 10, and more contrast is less than 0.
    contrast = ((100 - rng.uniform(-50, 10)) / 100) ** 2
    return ((grey - 127.5) * contrast + 127.5).clip(0, 255).astype(np.uint8)
