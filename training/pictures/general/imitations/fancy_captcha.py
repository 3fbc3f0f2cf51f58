"""Pictures like those of MediaWiki's FancyCaptcha: shaken words in grey noise.

The library turns the picture to three angles, twice; each time, it shifts each row along a wave
and by a random step, and turns it back. Here, all shifts are added up and carried out at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.imitations.drawing import Drawn, cell, choose_alike
from capslice.training.pictures.general.strokes import blend

ALIKE = ("FreeMono", "FreeSans", "FreeSerif", "DejaVuSans")
EM = 40  # pixels
BEARING = 0.09  # in ems, between letters
BORDER = 0.25  # around the ink, in ems
ANGLES = (45, 90, 135, 75, 120, 165)  # degrees
ANGLE_STEP = 10
FAINT = 40  # ink, from which on a pixel belongs to the text
SHAKE = 0.09  # of the height of the text
WAVES = (3, 1, 2, 5, 3, 4)  # how many waves there are, compared with each other
SHARE = 1 / 3  # of the contrast that the text has
SHARPER = 1.5  # factor of ink: the library sharpens what it blurs
BLOCK = 4  # pixels of a grain of noise
GRAIN, GRADIENT = 65, 70  # greys


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text, usually two words; its length gives the width."""
    face = choose_alike(faces, ALIKE, text, rng)
    em = EM * rng.uniform(0.8, 1.1)
    cells = [cell(face, character, em) for character in text]
    widths = np.array([each.mask.shape[1] + BEARING * em for each in cells])
    border = (BORDER + 6 * SHAKE) * em
    columns = border + np.cumsum(widths) - widths / 2
    size = (round(widths.sum() + 2 * border), round(em + 2 * border))
    middles = np.array(
        [(x, size[1] / 2 + each.drop) for x, each in zip(columns, cells, strict=True)]
    )
    ink = np.zeros(size[::-1], np.uint8)
    for (x, y), each in zip(middles, cells, strict=True):
        blend(ink, each.mask, (x, y), 255)
    across, down = _shift(size, max(size) + 2 * em, SHAKE * em, rng)
    rows, row = np.arange(size[1], dtype=np.float32), np.arange(size[0], dtype=np.float32)
    shaken = cv2.remap(ink, row + across, rows[:, np.newaxis] + down, cv2.INTER_LINEAR)
    x, y = middles.round().astype(int).T
    y = y.clip(0, size[1] - 1)
    middles = middles - np.stack([_blurred(across)[y, x], _blurred(down)[y, x]], -1)
    left, top, width, height = cv2.boundingRect((shaken > FAINT).astype(np.uint8))
    border = round(BORDER * em)
    left, top = max(left - border, 0), max(top - border, 0)
    shaken = shaken[top : top + height + 2 * border, left : left + width + 2 * border]
    ink = np.minimum(cv2.blur(shaken, (2, 2)) * np.float32(SHARPER), 255) * np.float32(SHARE)
    size = shaken.shape[::-1]
    picture = 255 - (ink + _noise(size, rng))
    return Drawn(picture.clip(0, 255).astype(np.uint8), (middles - (left, top)).clip((0, 0), size))


def _shift(
    size: tuple[int, int], side: float, most: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far to the right and down the ink of each pixel comes from, each (height, width)."""
    columns = np.arange(size[0], dtype=np.float32) - size[0] / 2
    rows = np.arange(size[1], dtype=np.float32)[:, np.newaxis] - size[1] / 2
    across, down = np.zeros(size[::-1], np.float32), np.zeros(size[::-1], np.float32)
    for angle, waves in zip(ANGLES, WAVES, strict=True):
        turn = np.radians(angle + rng.uniform(-ANGLE_STEP, ANGLE_STEP))
        cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        # The shift of each line that lies at this angle, by its distance from the middle.
        count = int(np.ceil(abs(cos) * size[1] + abs(sin) * size[0])) + 2
        phase = rng.uniform(0, 2 * np.pi) + np.arange(count) * (rng.uniform(4, 5) * waves / side)
        step = (np.sin(phase) * most + rng.uniform(-most / 2, most / 2, count)).astype(np.float32)
        step = step.astype(np.int8).astype(np.float32)
        line = (cos * rows - sin * columns + count / 2).astype(np.int32)
        shift = step[line]
        across += cos * shift
        down += sin * shift
    return across, down


def _blurred(shift: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.blur(shift, (9, 9)), np.float32)


def _noise(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    width, height = size[0] // BLOCK, size[1] // BLOCK
    coarse = rng.integers(0, GRAIN + 1, (height, width)) + GRADIENT * np.arange(width) // width
    return np.asarray(cv2.resize(coarse.astype(np.float32), size), np.float32)
