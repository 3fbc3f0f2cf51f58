"""The letters of general captchas: each rendered once, then turned, scaled and sheared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from capslice.errors import DrawingError
from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.texts import CHARSET

EM = 56  # pixels per em of rendered letters
KEPT = 2**16  # rendered letters, about 2 kB each
UNKNOWN = "\U0010ffff"  # no font has it
# Small letters whose shape is not that of the capital.
DIFFERENT = "abdeghnqrt"
SAME_SHAPE = 0.8  # correlation from which a small letter is the capital again
SIDE = 24  # of the squares in which shapes are compared
TRIES = 1000
EDGE = 3  # empty pixels around a turned letter, for the strokes around it


class Letter(NamedTuple):
    """A rendered letter.

    mask: opacity, uint8 (height, width), cropped to the ink.
    drop: how far its middle lies below the middle of a capital letter, in pixels.
    """

    mask: NDArray[np.uint8]
    drop: float


@lru_cache(maxsize=KEPT)
def letter(face: Face, character: str) -> Letter:
    """Render a character with 56 pixels per em."""
    top, bottom = _capital(face)
    rendered, (_, above) = _font(face).getmask2(character, "L")
    width, height = rendered.size
    mask = np.frombuffer(bytes(rendered), np.uint8).reshape(height, width)
    return Letter(mask, above + (height - top - bottom) / 2)


def capital_height(face: Face) -> float:
    """The height of a capital letter with 56 pixels per em, in pixels."""
    top, bottom = _capital(face)
    return bottom - top


def choose_face(faces: Sequence[Face], text: str, rng: np.random.Generator) -> Face:
    """Choose one of the faces that have all characters of `text`.

    Raises DrawingError if none of a thousand chosen at random has them.
    """
    for _ in range(TRIES):
        face = faces[int(rng.integers(len(faces)))]
        if repertoire(face).issuperset(text):
            return face
    raise DrawingError(f"no font shows all characters of {text!r}: choose other fonts")


@cache
def repertoire(face: Face) -> frozenset[str]:
    """The characters that a face has; no small letters if they look like the capitals."""
    unknown = bytes(_font(face).getmask(UNKNOWN))
    masks = {character: bytes(_font(face).getmask(character)) for character in CHARSET}
    present = {character for character, mask in masks.items() if any(mask) and mask != unknown}
    small = {character for character in present if character.islower()}
    if small and not _has_case(face):
        present -= small
    return frozenset(present)


def turned(mask: NDArray[np.uint8], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Transform a letter's mask about its middle by a 2x2 matrix, which maps (x, y)."""
    # Python's own numbers: NumPy takes several times as long for so few.
    (a, b), (c, d) = matrix.tolist()
    scale = math.sqrt(abs(a * d - b * c))
    height, width = mask.shape
    if scale < 0.5:  # Else bilinear interpolation would skip pixels.
        factor = max(scale, 0.1) * 1.3
        small = (max(1, round(width * factor)), max(1, round(height * factor)))
        mask = _shrunk(mask, small)
        a, c = a * width / small[0], c * width / small[0]
        b, d = b * height / small[1], d * height / small[1]
        width, height = small
    columns = math.ceil(abs(a) * width + abs(b) * height) + 2 * EDGE
    rows = math.ceil(abs(c) * width + abs(d) * height) + 2 * EDGE
    x, y = (width - 1) / 2, (height - 1) / 2
    affine = np.array(
        [[a, b, (columns - 1) / 2 - a * x - b * y], [c, d, (rows - 1) / 2 - c * x - d * y]]
    )
    return np.asarray(cv2.warpAffine(mask, affine, (columns, rows)), np.uint8)


@lru_cache(maxsize=1024)
def _font(face: Face) -> ImageFont.FreeTypeFont:
    return face.font(EM)


@cache
def _capital(face: Face) -> tuple[float, float]:
    _, top, _, bottom = _font(face).getbbox("H")
    return top, bottom


def _has_case(face: Face) -> bool:
    return any(
        np.corrcoef(_shape(face, small).ravel(), _shape(face, small.upper()).ravel())[0, 1]
        < SAME_SHAPE
        for small in DIFFERENT
    )


def _shape(face: Face, character: str) -> NDArray[np.uint8]:
    return _shrunk(letter(face, character).mask, (SIDE, SIDE))


def _shrunk(mask: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)
