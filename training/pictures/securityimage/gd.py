"""Draws lines and curves with the same pixels as libgd, without antialiasing.

All functions draw onto a canvas, uint8 (height, width), in place, and crop at its edge.
Coordinates are whole numbers; callers truncate fractions, as the Perl binding does. The code
reproduces the library's results; none of it is copied.
"""

from __future__ import annotations

from itertools import pairwise
from math import cos, radians, sin

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Like libgd, a table of cosines and sines for each degree, in units of 1/1024, truncated.
UNIT = 1024
DIRECTIONS = [
    (int(round(UNIT * cos(angle), 6)), int(round(UNIT * sin(angle), 6)))
    for angle in map(radians, [*range(360), 0])
]


def points(canvas: NDArray[np.uint8], x: ArrayLike, y: ArrayLike, grey: int) -> None:
    """Draw single pixels at `x` (n,) and `y` (n,)."""
    x, y = np.asarray(x), np.asarray(y)
    inside = (x >= 0) & (x < canvas.shape[1]) & (y >= 0) & (y < canvas.shape[0])
    canvas[y[inside], x[inside]] = grey


def box(
    canvas: NDArray[np.uint8], corner: tuple[int, int], opposite: tuple[int, int], grey: int
) -> None:
    """Draw a filled rectangle that includes both of its corners (x, y)."""
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(corner, opposite, strict=True))
    canvas[max(top, 0) : bottom + 1, max(left, 0) : right + 1] = grey


def frame(canvas: NDArray[np.uint8], grey: int) -> None:
    """Draw the outermost pixels."""
    canvas[[0, -1]] = grey
    canvas[:, [0, -1]] = grey


def line(
    canvas: NDArray[np.uint8], start: tuple[int, int], end: tuple[int, int], grey: int
) -> None:
    """Draw a line with Bresenham's algorithm, from (x, y) to (x, y).

    Like libgd, it first crops the line to whole pixels at the edge of the canvas, so the visible
    part may have another slope than the whole line.
    """
    height, width = canvas.shape
    ends = _crop([start, end], width - 1)
    ends = _crop([(y, x) for x, y in ends], height - 1)
    if not ends:
        return
    (y0, x0), (y1, x1) = ends
    steep = abs(y1 - y0) > abs(x1 - x0)
    if steep:
        x0, y0, x1, y1 = y0, x0, y1, x1
    if x0 > x1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    across, down = x1 - x0, abs(y1 - y0)
    steps = np.arange(across + 1)
    # Half a pixel is rounded away from the start of the line.
    beside = (2 * down * steps + across) // max(2 * across, 1)
    x, y = x0 + steps, y0 + (beside if y1 > y0 else -beside)
    points(canvas, *((y, x) if steep else (x, y)), grey)


def _crop(ends: list[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """The ends (along, across) of the part with 0 <= along <= limit; empty if there is none."""
    if not ends or max(ends)[0] < 0 or min(ends)[0] > limit:
        return []
    (along0, across0), (along1, across1) = ends
    within = []
    for along, across in ends:
        bound = min(max(along, 0), limit)
        if bound != along:
            slope = (across1 - across0) / (along1 - along0)
            across -= int(slope * (along - bound))
        within.append((bound, across))
    return within


def ellipse(
    canvas: NDArray[np.uint8], middle: tuple[int, int], width: int, height: int, grey: int
) -> None:
    """Draw an ellipse about `middle` (x, y): a polygon of 360 lines.

    The Perl binding draws it as an arc of 360 degrees, and not with libgd's own ellipse, which
    uses the midpoint algorithm.
    """
    corners = [
        (middle[0] + int(x * width / (2 * UNIT)), middle[1] + int(y * height / (2 * UNIT)))
        for x, y in DIRECTIONS
    ]
    for start, end in pairwise(corners):
        line(canvas, start, end, grey)
