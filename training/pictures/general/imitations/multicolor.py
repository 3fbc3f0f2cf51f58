"""Pictures like those of multicolorcaptcha: a square for each letter, with lines and discs.

Each square is turned with its letter, and may have a colour of its own.
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
    points,
    random_grey,
)
from capslice.training.pictures.general.letters import choose_face
from capslice.training.pictures.general.strokes import blend

SIDES = (48, 64, 80)  # pixels of a square
EMS = (0.47, 0.72)  # of the font, in sides
TILT = 55  # degrees
LINE, LONG_LINE = (0.02, 0.05), (0.03, 0.08)  # width, in sides
DISCS = ((0, 0), (1, 10), (2, 17), (3, 25))  # lines and discs for each difficulty
DISC = (0.03, 0.08)  # radius, in sides
MIDDLE = 126  # greys from here on are light
DARK, LIGHT = (0, 108), (148, 256)
LEAST_CONTRAST = 25


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text; each letter has a font of its own."""
    side = int(rng.choice(SIDES))
    several = rng.random() < 0.5
    ground = random_grey(0, 256, rng)
    squares, middles = [], []
    for i, character in enumerate(text):
        ground = random_grey(0, 256, rng) if several else ground
        square, (x, y) = _square(choose_face(faces, character, rng), character, side, ground, rng)
        squares.append(square)
        middles.append((x + i * side, y))
    picture = np.hstack(squares)
    width = picture.shape[1]
    lines, discs = DISCS[int(rng.integers(len(DISCS)))]
    for _ in range(lines):
        left = int(rng.uniform(0, 0.2) * width)
        start = int(rng.integers(side))
        end = (width - left, int(rng.integers(start, side)))
        cv2.line(picture, (left, start), end, 0, max(1, round(rng.uniform(*LONG_LINE) * side)))
    for x, y in points(discs * len(text) // 4, (width, side), rng).tolist():
        cv2.circle(picture, (x, y), round(rng.uniform(*DISC) * side), _grey(rng), cv2.FILLED)
    margin = side // 8 * int(rng.integers(0, 5)) if rng.random() < 0.5 else 0
    picture = np.pad(picture, ((margin, margin), (0, 0)))
    return Drawn(picture, np.add(middles, (0, margin)))


def _square(
    face: Face, character: str, side: int, ground: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """A square with a letter and two lines of its grey; with the letter's middle."""
    ink = random_grey(*(LIGHT if ground < MIDDLE else DARK), rng)
    if abs(ink - ground) < LEAST_CONTRAST:
        ink = 255.0 if ground < MIDDLE else 0.0
    degrees = rng.uniform(-TILT, TILT)
    mask, drop = cell(face, character, side * rng.uniform(*EMS), degrees)
    # The letter lies at a quarter of the square, from there down by up to as much.
    away = np.array([0.42, rng.uniform(0.35, 0.6)]) * side - side / 2 + (0, drop)
    turn = np.radians(degrees)
    x, y = side / 2 + away @ [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    reach = np.array(mask.shape[::-1]) / 2 + 1
    x, y = np.array([x, y]).clip(np.minimum(reach, side / 2), np.maximum(side - reach, side / 2))
    square = np.full((side, side), ground, np.uint8)
    blend(square, mask, (x, y), ink)
    for start, end in points(4, (side, side), rng).reshape(2, 2, 2).tolist():
        cv2.line(square, start, end, ink, max(1, round(rng.uniform(*LINE) * side)))
    return square, (float(x), float(y))


def _grey(rng: np.random.Generator) -> float:
    return random_grey(0, 256, rng)
