"""Lines and curves as libgd draws them, to the pixel: nothing is antialiased.

All draw onto a canvas, uint8 (height, width), in place; what reaches over its edge is cut
off. Numbers are whole: a caller that has fractions drops them, as Perl's binding does.
Written anew from what the library does, not from its text.
"""

from __future__ import annotations

from itertools import pairwise
from math import cos, radians, sin

import numpy as np
from numpy.typing import ArrayLike, NDArray

UNIT = 1024  # in which libgd tabulates cosines and sines, a degree apart, towards 0
DIRECTIONS = [
    (int(round(UNIT * cos(turn), 6)), int(round(UNIT * sin(turn), 6)))
    for turn in map(radians, [*range(360), 0])
]


def points(canvas: NDArray[np.uint8], x: ArrayLike, y: ArrayLike, grey: int) -> None:
    """Single pixels."""
    x, y = np.asarray(x), np.asarray(y)
    there = (x >= 0) & (x < canvas.shape[1]) & (y >= 0) & (y < canvas.shape[0])
    canvas[y[there], x[there]] = grey


def box(
    canvas: NDArray[np.uint8], corner: tuple[int, int], opposite: tuple[int, int], grey: int
) -> None:
    """A filled rectangle, with both of its corners (x, y)."""
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(corner, opposite, strict=True))
    canvas[max(top, 0) : bottom + 1, max(left, 0) : right + 1] = grey


def frame(canvas: NDArray[np.uint8], grey: int) -> None:
    """The outermost pixels."""
    canvas[[0, -1]] = grey
    canvas[:, [0, -1]] = grey


def line(
    canvas: NDArray[np.uint8], start: tuple[int, int], end: tuple[int, int], grey: int
) -> None:
    """A line by Bresenham, from (x, y) to (x, y).

    It is cut off at the canvas' edge before it is drawn, to whole pixels, so that what is
    left may be steeper than the whole would be.
    """
    height, width = canvas.shape
    ends = _cut([start, end], width - 1)
    ends = _cut([(y, x) for x, y in ends], height - 1)
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
    # Half a pixel is rounded away from where the line begins.
    beside = (2 * down * steps + across) // max(2 * across, 1)
    x, y = x0 + steps, y0 + (beside if y1 > y0 else -beside)
    points(canvas, *((y, x) if steep else (x, y)), grey)


def _cut(ends: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Ends, as (along, across), of the part with 0 <= along <= most; none where there is none."""
    if not ends or max(ends)[0] < 0 or min(ends)[0] > most:
        return []
    (along0, across0), (along1, across1) = ends
    within = []
    for along, across in ends:
        bound = min(max(along, 0), most)
        if bound != along:
            slope = (across1 - across0) / (along1 - along0)
            across -= int(slope * (along - bound))
        within.append((bound, across))
    return within


def ellipse(
    canvas: NDArray[np.uint8], middle: tuple[int, int], width: int, height: int, grey: int
) -> None:
    """An ellipse about `middle` (x, y), as Perl's binding asks for it: an arc of a whole turn.

    So it is a polygon of 360 lines; libgd's own ellipse, by the midpoint algorithm, is not used.
    """
    corners = [
        (middle[0] + int(x * width / (2 * UNIT)), middle[1] + int(y * height / (2 * UNIT)))
        for x, y in DIRECTIONS
    ]
    for start, end in pairwise(corners):
        line(canvas, start, end, grey)
