"""What the imitations of libraries share: their result, fonts, greys, and letters in place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.letters import (
    EDGE,
    EM,
    Letter,
    choose_face,
    letter,
    repertoire,
    turned,
)

ALIKE_SHARE = 0.6  # of pictures in a font that is like the library's own
LEAST_WEIGHT = 300  # thinner letters would vanish in noise
TRIES = 10
SHIFT = 4  # OpenCV's coordinates of curves have this many bits after the point
T = np.linspace(0, 1, 24)
BERNSTEIN = np.stack([(1 - T) ** 3, 3 * T * (1 - T) ** 2, 3 * T**2 * (1 - T), T**3], -1)
LUMINANCE = (0.299, 0.587, 0.114)  # weights of red, green and blue (ITU-R BT.601)


class Drawn(NamedTuple):
    """A picture, uint8 (height, width), and the middle (x, y) of each character, in pixels.

    The middles are float64 (length, 2).
    """

    picture: NDArray[np.uint8]
    middles: NDArray[np.float64]


# Draws a text in one of the faces.
Imitation = Callable[[str, Sequence[Face], np.random.Generator], Drawn]


class Cell(NamedTuple):
    """A letter of a text: its opacity, uint8 (height, width), and how far its middle is down.

    drop: from the middle of a capital letter, in pixels.
    """

    mask: NDArray[np.uint8]
    drop: float


def choose_alike(
    faces: Sequence[Face], alike: Collection[str], text: str, rng: np.random.Generator
) -> Face:
    """Choose a face that has all characters of `text`, more often than not in a family of `alike`.

    Raises DrawingError if no face has them.
    """
    if rng.random() < ALIKE_SHARE:
        own = [face for face in faces if face.family in alike and face.weight >= LEAST_WEIGHT]
        own = [face for face in own if repertoire(face).issuperset(text)]
        if own:
            return own[int(rng.integers(len(own)))]
    for _ in range(TRIES):
        face = choose_face(faces, text, rng)
        if face.weight >= LEAST_WEIGHT:
            break
    return face


def cell(face: Face, character: str, em: float, degrees: float = 0) -> Cell:
    """Render a character at `em` pixels, turned anticlockwise; no row or column is empty."""
    source: Letter = letter(face, character)
    angle, scale = np.radians(degrees), em / EM
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    mask = turned(source.mask, np.array([[cos, sin], [-sin, cos]]))
    return Cell(mask[EDGE:-EDGE, EDGE:-EDGE], source.drop * scale)


def bent(mask: NDArray[np.uint8], corners: ArrayLike, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Show what lies between four corners of a letter in a picture of `size` (width, height).

    corners: (x, y) of the upper left, lower left, lower right and upper right one, which may lie
             beyond the letter. Straight lines between them become curves, as in Pillow's QUAD.
    """
    across = np.linspace(0, 1, size[0], dtype=np.float32)
    down = np.linspace(0, 1, size[1], dtype=np.float32)[:, np.newaxis]
    x, y = (
        (1 - down) * (ul + across * (ur - ul)) + down * (ll + across * (lr - ll))
        for ul, ll, lr, ur in np.asarray(corners, np.float32).T
    )
    return np.asarray(cv2.remap(mask, x, y, cv2.INTER_LINEAR), np.uint8)


def cubic(x: ArrayLike, y: ArrayLike) -> NDArray[np.int32]:
    """A cubic curve with four control points, int32 (points, 2), in sixteenths of a pixel."""
    return np.asarray((BERNSTEIN @ np.stack([x, y], -1) * 2**SHIFT).round(), np.int32)


def random_grey(low: float, high: float, rng: np.random.Generator) -> float:
    """Draw a colour of three channels in [low, high), and return its grey."""
    return float(rng.uniform(low, high, 3) @ LUMINANCE)


def points(count: int, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw points (x, y), int64 (count, 2), in a picture of `size` (width, height)."""
    return rng.integers((0, 0), size, (count, 2))
