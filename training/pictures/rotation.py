"""Rotates and pastes many tiles at once, with the same pixels as Pillow one by one.

Pillow's `rotate(expand=True)` takes the nearest pixel by an affine map in 16.16 fixed point
(`affine_fixed` in its Geometry.c). It pastes through alpha with `(x + 128 + (x + 128 >> 8)) >> 8`
for x/255 (DIV255 in ImagingUtils.h). A few array operations do the same for all digits of a batch
in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, hypot

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ONE = 1 << 16  # 1.0 in 16.16 fixed point


@dataclass(frozen=True)
class TileSheet:
    """Tiles of one size, each in the middle of a transparent field larger than any rotation of it.

    grey, alpha: uint8, flat, of shape (tiles, height, width) with the fields' height and width.
    tile:        (width, height) of a tile without its field.
    margin:      columns and rows of the field on each side of the tile.
    window:      the side of a square that holds the tile at any angle.
    """

    grey: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    tile: tuple[int, int]
    margin: int
    window: int

    @classmethod
    def of(cls, tiles: Sequence[Image.Image]) -> TileSheet:
        """Make a sheet of tiles of mode LA and of one size."""
        width, height = tiles[0].size
        # A tile rotated about its middle stays within its diagonal; Pillow rounds up.
        window = ceil(hypot(width, height)) + 1
        margin = window
        pixels = np.stack([np.asarray(tile) for tile in tiles])
        fields = np.pad(pixels, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
        return cls(
            np.ascontiguousarray(fields[..., 0]).ravel(),
            np.ascontiguousarray(fields[..., 1]).ravel(),
            (width, height),
            margin,
            window,
        )

    def paste(
        self,
        pictures: NDArray[np.uint8],
        codes: NDArray[np.int64],
        angles: NDArray[np.float64],
        columns: NDArray[np.int64],
        rows: NDArray[np.int64],
    ) -> None:
        """Paste rotated tiles onto `pictures`, uint8 (n, height, width), in place.

        `codes` are the indices of the tiles, `angles` are in degrees anticlockwise, in [-45, 45],
        and `columns` and `rows` give the upper left corner of the rotated tile. All have the
        shape (n, length); `columns` may be (length,). The tiles of a picture must not overlap or
        cross its edge.
        """
        count, height, width = pictures.shape
        source = self._source(codes.ravel(), angles.ravel())
        alpha = self.alpha.take(source)
        ink = np.flatnonzero(alpha)
        digit, pixel = np.divmod(ink, self.window**2)
        y, x = np.divmod(np.arange(self.window**2), self.window)
        corner = np.arange(count)[:, np.newaxis] * (height * width) + rows * width + columns
        target = corner.ravel()[digit] + (y * width + x)[pixel]

        flat = pictures.reshape(-1)
        opacity = alpha.ravel()[ink].astype(np.int32)
        mixed = self.grey.take(source.ravel()[ink]) * opacity + flat[target] * (255 - opacity) + 128
        flat[target] = (mixed + (mixed >> 8)) >> 8

    def _source(self, codes: NDArray[np.int64], angles: NDArray[np.float64]) -> NDArray[np.int64]:
        """The index in the sheet of each pixel of a window: int64 (digits, window, window)."""
        width, height = self.tile
        # Pillow's names: x' = a x + b y + c, y' = d x + e y + f.
        radians: NDArray[np.float64] = -np.radians(angles % 360.0)
        a = e = np.cos(radians).round(15)
        b = np.sin(radians).round(15)
        d = -b
        c = a * (-width / 2) + b * (-height / 2) + width / 2
        f = d * (-width / 2) + e * (-height / 2) + height / 2
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)]).T[..., np.newaxis]
        across = a * corners[0] + b * corners[1] + c
        down = d * corners[0] + e * corners[1] + f
        left = -(np.ceil(across.max(0)) - np.floor(across.min(0)) - width) / 2
        top = -(np.ceil(down.max(0)) - np.floor(down.min(0)) - height) / 2
        c, f = a * left + b * top + c, d * left + e * top + f

        step = np.arange(self.window, dtype=np.int32)
        field_width, field_height = width + 2 * self.margin, height + 2 * self.margin
        x = _plane(a, b, c + a * 0.5 + b * 0.5 + self.margin, step)
        y = _plane(d, e, f + d * 0.5 + e * 0.5 + self.margin, step)
        y *= field_width
        y += x
        first = codes * (field_width * field_height)
        return y + first[:, np.newaxis, np.newaxis]


def _plane(
    by_x: NDArray[np.float64],
    by_y: NDArray[np.float64],
    start: NDArray[np.float64],
    step: NDArray[np.int32],
) -> NDArray[np.int32]:
    """The floor of start + by_x x + by_y y, in fixed point: int32 (digits, y, x)."""
    row = _fixed(start)[:, np.newaxis] + _fixed(by_y)[:, np.newaxis] * step
    plane: NDArray[np.int32] = (
        row[:, :, np.newaxis] + (_fixed(by_x)[:, np.newaxis] * step)[:, np.newaxis, :]
    )
    plane >>= 16
    return plane


def _fixed(values: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.floor(values * ONE + 0.5).astype(np.int32)
