"""Pictures like those of the PyPI package `captcha`: stretched letters, dots and an arc.

Each letter is turned, stretched over most of the height, and skewed. Its opacity grows with the
brightness of its colour, so dark colours become pale. Gaps of a character are as common as none.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.imitations.drawing import (
    Drawn,
    bent,
    cell,
    choose_alike,
    points,
    random_grey,
)

ALIKE = ("DejaVuSansMono", "RobotoMono", "FiraCode", "SourceCodePro", "Inconsolata", "DMMono")
WIDTH, HEIGHT = 160, 60
EMS = (42, 50, 56)  # pixels
ADVANCE, BEARING, LINE = 0.62, 0.06, 1.09  # in ems: of a letter, beside it, and of its line
DOTS = 30
# Opacity of a colour: 1 from about half of the brightness.
BRIGHT = 1.97 / 255
SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text as the package does by default: 160x60, or the same letters in wider pictures."""
    face = choose_alike(faces, ALIKE, text, rng)
    ground, ink = random_grey(238, 256, rng), random_grey(10, 201, rng)
    letters: list[NDArray[np.uint8] | None] = []
    for character in text:
        if rng.random() < 0.5:
            letters.append(None)
        letters.append(_letter(face, character, rng))
    spaces = [round(ADVANCE * em) for em in rng.choice(EMS, len(letters))]
    widths = [s if m is None else m.shape[1] for m, s in zip(letters, spaces, strict=True)]
    average = sum(widths) / len(text)
    width = max(WIDTH, sum(widths))
    picture = np.full((HEIGHT, width), ground, np.float32)
    offset, middles = int(average * 0.1), []
    for mask, own in zip(letters, widths, strict=True):
        if mask is not None:
            top = (HEIGHT - mask.shape[0]) // 2
            part = picture[max(top, 0) : top + mask.shape[0], offset : offset + own]
            seen = mask[max(-top, 0) :][: part.shape[0], : part.shape[1]]
            opacity = np.minimum(seen * np.float32(ink * BRIGHT / 255), 1)
            part += (np.float32(ink) - part) * opacity
            middles.append((offset + own / 2, HEIGHT / 2))
        offset += own - int(rng.integers(int(average / 4) + 1))
    # Sites with long texts choose wider pictures.
    final = WIDTH if len(text) < 7 or rng.random() < 0.5 else round(rng.uniform(WIDTH, width + 1))
    picture = np.asarray(cv2.resize(picture, (final, HEIGHT)), np.float32)
    _clutter(picture, ink, rng)
    smooth = cv2.filter2D(picture, -1, SMOOTH, borderType=cv2.BORDER_REPLICATE)
    return Drawn(smooth.round().astype(np.uint8), np.array(middles) * (final / width, 1))


def _letter(face: Face, character: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A letter that fills a box, turned by up to 30 degrees, with each corner displaced."""
    em = float(rng.choice(EMS))
    # In fonts whose letters have one width, each is stretched to it.
    own = cell(face, character, em).mask.shape[1] + BEARING * em
    width = round(ADVANCE * em if face.family in ALIKE else own)
    height = round(LINE * em)
    source = cell(face, character, em, rng.uniform(-30, 30)).mask
    reach = np.array([width * 0.2, height * 0.1]) * rng.random(2)
    (x1, y1), (x2, y2) = rng.uniform(-reach, reach, (2, 2))
    across, down = width + abs(x1) + abs(x2), height + abs(y1) + abs(y2)
    corners = np.array([(x1, y1), (-x1, down - y2), (across + x2, down + y2), (across - x2, -y1)])
    corners *= (source.shape[1] / across, source.shape[0] / down)
    return bent(source, corners, (width, height))


def _clutter(picture: NDArray[np.float32], ink: float, rng: np.random.Generator) -> None:
    height, width = picture.shape
    for x, y in points(DOTS, (width + 1, height + 1), rng).tolist():
        picture[max(y - 2, 0) : y + 1, max(x - 2, 0) : x + 1] = ink
    left, right = rng.uniform(0, width / 5), rng.uniform(width / 5, width)
    top = rng.uniform(height / 5, height * 4 / 5)
    bottom = rng.uniform(top, height * 4 / 5)
    middle = (round((left + right) / 2), round((top + bottom) / 2))
    axes = (round(abs(right - left) / 2), round((bottom - top) / 2))
    start, end = rng.uniform(0, 20), rng.uniform(160, 200)
    cv2.ellipse(picture, middle, axes, 0, start, end, ink)
