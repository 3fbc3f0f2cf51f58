"""Pictures like those of the PyPI package `claptcha`: skewed letters and a thick line."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.imitations.drawing import Drawn, bent, cell, choose_alike
from capslice.training.pictures.general.strokes import blend

ALIKE = ("FreeMono", "FreeSans", "FreeSerif", "DejaVuSans")
SIZE = (200, 80)
EM = 40  # pixels
BEARING, ABOVE, CAPITAL = 0.08, 0.2, 0.73  # in ems: beside a letter, above it, and its height
HEIGHT = round((ABOVE + CAPITAL) * EM)
MARGIN = 20  # pixels
SKEW, LINE_SKEW = (0.2, 0.7), (0.2, 0.5)  # of the size, before chance makes it smaller
LINE = 0.0228  # of the square root of the area


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text; pictures of long texts are made narrower."""
    face = choose_alike(faces, ALIKE, text, rng)
    boxes = [_box(face, character) for character in text]
    widths = [box.shape[1] for box in boxes]
    # The margins are part of the size that is later stretched to the picture's.
    side = round(MARGIN * sum(widths) / SIZE[0])
    width, height = sum(widths) + 2 * side, HEIGHT + round(MARGIN * HEIGHT / SIZE[1]) * 2
    opacity = np.zeros((height, width), np.uint8)
    middles = []
    for box, left in zip(boxes, side + np.cumsum([0, *widths[:-1]]), strict=True):
        skewed = _skewed(box, SKEW, rng)
        middle = (left + box.shape[1] / 2, height / 2)
        blend(opacity, skewed, middle, 255)
        x, y, across, down = cv2.boundingRect(skewed)
        middles.append((left + x + across / 2, middle[1] - box.shape[0] / 2 + y + down / 2))
    np.maximum(opacity, _line(opacity.shape, rng), out=opacity)
    picture = np.asarray(cv2.resize(255 - opacity, SIZE), np.uint8)
    if rng.random() < 0.5:
        noise = rng.uniform(1 - rng.uniform(0.1, 0.8), 1, picture.shape) * 255
        picture = ((picture + noise) / 2).astype(np.uint8)
    return Drawn(picture, np.array(middles) * (SIZE[0] / width, SIZE[1] / height))


def _box(face: Face, character: str) -> NDArray[np.uint8]:
    """A letter in a box as high as the font and as wide as its advance."""
    mask, drop = cell(face, character, EM)
    width = mask.shape[1] + round(2 * BEARING * EM)
    box = np.zeros((HEIGHT, width), np.uint8)
    blend(box, mask, (width / 2, (ABOVE + CAPITAL / 2) * EM + drop), 255)
    return box


def _skewed(
    box: NDArray[np.uint8], share: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Move the corners of a box by chance."""
    height, width = box.shape
    reach = rng.uniform(*share, 2) * (width, height)
    return _stretched(box, *rng.uniform(-reach, reach, (2, 2)))


def _stretched(
    box: NDArray[np.uint8], first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.uint8]:
    height, width = box.shape
    (x1, y1), (x2, y2) = first, second
    across, down = width + abs(x1) + abs(x2), height + abs(x1) + abs(x2)
    corners = [(x1, -y1), (-x1, down + y2), (across + x2, down - y2), (across - x2, y1)]
    return bent(box, corners, (width, height))


def _line(size: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A thick line from the left to the right, bent like a letter but always made smaller."""
    height, width = size
    drawn = np.zeros((height, width), np.uint8)
    ends = rng.uniform((0, 0, 0.9, 0), (0.1, 1, 1, 1)) * (width, height, width, height)
    x0, y0, x1, y1 = ends.round().astype(int).tolist()
    cv2.line(drawn, (x0, y0), (x1, y1), 255, round((width * height) ** 0.5 * LINE), cv2.LINE_AA)
    reach = rng.uniform(*LINE_SKEW, 2) * (width, height)
    return _stretched(drawn, *np.abs(rng.uniform(-reach, reach, (2, 2))))
