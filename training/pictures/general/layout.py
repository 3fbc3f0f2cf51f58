"""Where the letters of a general captcha lie, and how large the picture is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.letters import (
    Letter,
    capital_height,
    choose_face,
    letter,
    turned,
)
from capslice.training.pictures.general.texts import OPERATORS
from capslice.training.pictures.general.variety import Range, Variety, pick

CALM_TILT = 15  # degrees that a letter is turned in easy pictures
SPACE = 0.4  # about the signs of a sum, in heights of a capital
CUT = 0.04  # of a letter's height may lie beyond the picture


class Placed(NamedTuple):
    """A letter in its place: its mask, uint8 (height, width), and its middle (x, y) in pixels."""

    mask: NDArray[np.uint8]
    middle: tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """A picture's size, and its letters from left to right.

    capital: the height of a capital letter, in pixels.
    thin:    whether a face is so thin that it needs full contrast.
    """

    width: int
    height: int
    capital: float
    thin: bool
    letters: tuple[Placed, ...]


def lay_out(
    text: str, faces: Sequence[Face], variety: Variety, calm: bool, rng: np.random.Generator
) -> Layout:
    """Choose fonts and sizes, turn the letters, and set them in a row."""
    lowest, highest = variety.height
    height = round(math.exp(rng.triangular(*np.log((lowest, variety.usual_height, highest)))))
    chosen = _choose_faces(text, faces, variety, rng)
    small = rng.random() < variety.small_share
    share = rng.uniform(*(variety.small_letter_height if small else variety.letter_height))
    capital = max(height * share, variety.least_letter_height)
    letters = [letter(face, character) for face, character in zip(chosen, text, strict=True)]
    matrices = _matrices(chosen, capital, variety, calm, rng)
    widths = np.array(
        [
            np.abs(matrix)[0] @ (each.mask.shape[1], each.mask.shape[0])
            for matrix, each in zip(matrices, letters, strict=True)
        ]
    )
    low, high = pick(variety.gaps, rng)
    gaps = rng.uniform(low, high) * capital * rng.uniform(0.8, 1.2, len(text))
    gaps = np.maximum(gaps, -0.4 * np.minimum(widths, np.roll(widths, 1)))
    if rng.random() < variety.wide_operator_share:
        gaps += capital * _spaces(text)
    gaps[0] = 0
    span = float(widths.sum() + gaps.sum())
    room = variety.width[1] - 8
    if span > room:
        shrink = room / span
        matrices, widths, gaps = matrices * shrink, widths * shrink, gaps * shrink
        capital, span = capital * shrink, room
    left, width = _horizontally(span, height, variety, rng)
    columns = left + np.cumsum(widths + gaps) - widths / 2
    rows = _rows(letters, matrices, height, variety, calm, rng)
    placed = (
        Placed(turned(each.mask, matrix), (float(x), float(y)))
        for each, matrix, x, y in zip(letters, matrices, columns, rows, strict=True)
    )
    thin = any(face.weight <= variety.thin for face in chosen)
    return Layout(width, height, capital, thin, tuple(placed))


def _choose_faces(
    text: str, faces: Sequence[Face], variety: Variety, rng: np.random.Generator
) -> list[Face]:
    if rng.random() < variety.several_fonts_share:
        return [choose_face(faces, text, rng) for _ in text]
    return [choose_face(faces, text, rng)] * len(text)


def _matrices(
    faces: Sequence[Face], capital: float, variety: Variety, calm: bool, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The 2x2 matrix of each letter: scaled, sheared and turned."""
    low, high = pick(variety.tilt, rng)
    most = rng.uniform(low, high)
    if calm:
        most = min(most, CALM_TILT)
    angles = np.radians(rng.uniform(-most, most, len(faces)))
    if rng.random() < 0.1:  # All letters lean the same way.
        angles[:] = np.abs(angles).max() * np.sign(angles[0])
    shear = rng.uniform(*variety.shear) if rng.random() < variety.sheared_share else 0
    step = rng.uniform(*variety.size_step) if rng.random() < variety.several_sizes_share else 0
    widened = rng.uniform(*variety.widened)
    scales = rng.uniform(1 - step, 1 + step, len(faces))
    scales *= [capital / capital_height(face) for face in faces]
    cos, sin = np.cos(angles), np.sin(angles)
    # A turn, after a shape of [[widened, -shear], [0, 1]].
    turned_shapes = [[widened * cos, -shear * cos - sin], [widened * sin, -shear * sin + cos]]
    return np.moveaxis(np.array(turned_shapes) * scales, -1, 0)


def _spaces(text: str) -> NDArray[np.float64]:
    """The space before each character, in heights of a capital: about the signs of a sum."""
    signs = np.array([character in OPERATORS + "=?" for character in text])
    return np.where(signs | np.roll(signs, 1), SPACE, 0)


def _horizontally(
    span: float, height: int, variety: Variety, rng: np.random.Generator
) -> tuple[float, int]:
    """The column where the text begins, and the width of the picture."""
    margins: Range = pick(variety.margins, rng)
    left, right = (height * rng.uniform(*margins) for _ in range(2))
    least, most = (int(width) for width in variety.width)
    free = max(0.0, most - span)
    if left + right > free:
        left, right = (margin * free / (left + right) for margin in (left, right))
    if margins[1] > 0.3 and rng.random() < variety.at_end_share:
        near = min(rng.uniform(0, 0.15) * height, left + right)
        left, right = near, left + right - near
        if rng.random() < 0.35:
            left, right = right, left
    width = max(least, int(np.ceil(left + span + right)))
    missing = width - (left + span + right)
    return left + missing * rng.uniform(0, 1), width


def _rows(
    letters: Sequence[Letter],
    matrices: NDArray[np.float64],
    height: int,
    variety: Variety,
    calm: bool,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """The row of each letter's middle."""
    halves = np.array(
        [
            np.abs(matrix)[1] @ (each.mask.shape[1], each.mask.shape[0]) / 2
            for matrix, each in zip(matrices, letters, strict=True)
        ]
    )
    free = height / 2 - halves
    drops = matrices[:, 1, 1] * [each.drop for each in letters]
    rows = height / 2 + drops + rng.uniform(-0.7, 0.7) * max(0.0, free.min() - np.abs(drops).max())
    if not calm and rng.random() < variety.several_rows_share:
        step = rng.uniform(*variety.row_step) * np.maximum(0, free)
        rows += rng.uniform(-step, step)
    reach = np.maximum(0, free + 2 * CUT * halves)
    return np.asarray(np.clip(rows, height / 2 - reach, height / 2 + reach))
