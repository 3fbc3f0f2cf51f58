"""What GD::SecurityImage draws behind the digits, in each of its styles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.securityimage import gd

Style = Callable[[NDArray[np.uint8], int, int, int], None]


def default(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """A grid, and a slanted line in each of its columns."""
    _grid(canvas, lines, line, slanted=True)


def rect(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """A grid of `lines` columns and rows."""
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
    """A border, `lines` pixels wide, in the digits' own ink."""
    height, width = canvas.shape
    gd.box(canvas, (0, 0), (width, height), ink)
    gd.box(canvas, (lines, lines), (width - lines - 1, height - lines - 1), line)


def circle(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Concentric circles, the largest about as wide as the picture."""
    for size, middle in _sizes(canvas, lines):
        gd.ellipse(canvas, middle, size, size, line)


def ellipse(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Concentric ellipses, twice as wide as high."""
    for size, middle in _sizes(canvas, lines):
        gd.ellipse(canvas, middle, 2 * size, size, line)


def ec(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Ellipses and circles."""
    ellipse(canvas, lines, line, ink)
    circle(canvas, lines, line, ink)


def blank(canvas: NDArray[np.uint8], lines: int, line: int, ink: int) -> None:
    """Nothing."""


def _sizes(canvas: NDArray[np.uint8], lines: int) -> list[tuple[int, tuple[int, int]]]:
    height, width = canvas.shape
    return [((width // lines + 1) * i, (width // 2, height // 2)) for i in range(1, lines + 1)]


STYLES: dict[str, Style] = {
    style.__name__: style for style in (default, rect, box, circle, ellipse, ec, blank)
}
