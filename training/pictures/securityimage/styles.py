"""The backgrounds of GD::SecurityImage's styles.

Each style draws onto a canvas, uint8 (height, width), in place. `lines` is the number of lines,
`line` their grey, and `ink` the grey of the digits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.securityimage import gd

Style = Callable[[NDArray[np.uint8], int, int, int], None]


def default(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Draw a grid, and a slanted line in each of its columns."""
    _grid(canvas, lines, line, slanted=True)


def rect(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Draw a grid of `lines` columns and rows."""
    _grid(canvas, lines, line, slanted=False)


def _grid(canvas: NDArray[np.uint8], lines: int, line: int, *, slanted: bool) -> None:
    height, width = canvas.shape
    for i in range(lines + 1):
        x, next_x = i * (width / lines), i * (width / lines) + width / lines
        gd.line(canvas, (int(x), 0), (int(x), height), line)
        if slanted:
            gd.line(canvas, (int(x), 0), (int(next_x), height), line)
    for i in range(1, lines + 1):
        y = int(i * (height / lines))
        gd.line(canvas, (0, y), (width, y), line)


def box(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Draw a border, `lines` pixels wide, in the ink of the digits."""
    height, width = canvas.shape
    gd.box(canvas, (0, 0), (width, height), ink)
    gd.box(canvas, (lines, lines), (width - lines - 1, height - lines - 1), line)


def circle(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Draw concentric circles, the largest about as wide as the picture."""
    for size, middle in _sizes(canvas, lines):
        gd.ellipse(canvas, middle, size, size, line)


def ellipse(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Draw concentric ellipses, twice as wide as high."""
    for size, middle in _sizes(canvas, lines):
        gd.ellipse(canvas, middle, 2 * size, size, line)


def ec(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Draw ellipses and circles."""
    ellipse(canvas, lines, line, ink)
    circle(canvas, lines, line, ink)


def blank(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Draw nothing."""


def _sizes(canvas: NDArray[np.uint8], lines: int) -> list[tuple[int, tuple[int, int]]]:
    height, width = canvas.shape
    return [((width // lines + 1) * i, (width // 2, height // 2)) for i in range(1, lines + 1)]


STYLES: dict[str, Style] = {
    style.__name__: style for style in (default, rect, box, circle, ellipse, ec, blank)
}
