"""Draws rotated characters of any font with the same pixels as libgd, with FreeType.

GD::SecurityImage makes pictures with a palette, where the edge of a glyph has seven greys between
ink and background. As in libgd, FreeType hints a glyph before it rotates it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capslice.errors import GlyphError
from capslice.extras import missing
from capslice.training.pictures.fonts import Face

DRAWN_DPI = 96
MEASURED_DPI = 300
LEVELS = 8
FIXED = 1 << 16  # 1.0 in 16.16 fixed point
UNITS = 64  # of a pixel, or of a point, in 26.6 fixed point
WEIGHT = "wght"

Corner = tuple[int, int]
Corners = tuple[Corner, Corner, Corner, Corner]  # lower left, lower right, upper right, upper left
Row = tuple[float, float]  # of a matrix

UPRIGHT: tuple[Row, Row] = (1, 0), (0, 1)
TILTED: tuple[Row, Row] = (1, -1), (1, 1)


@dataclass(frozen=True)
class RotatedGlyph:
    """A rotated character with its pen at (0, 0); y points downwards.

    ink:     uint8 (height, width), in eighths of full ink.
    corner:  (x, y) of the upper left pixel.
    corners: the corners of the character's box, rotated with it.
    """

    ink: NDArray[np.uint8]
    corner: Corner
    corners: Corners

    def draw(self, canvas: NDArray[np.uint8], pen: Corner, grey: int) -> None:
        """Draw onto a canvas, uint8 (height, width), in place, and crop at its edge."""
        left, top = pen[0] + self.corner[0], pen[1] + self.corner[1]
        height, width = self.ink.shape
        ink = self.ink[
            max(-top, 0) : max(canvas.shape[0] - top, 0),
            max(-left, 0) : max(canvas.shape[1] - left, 0),
        ].astype(np.int64)
        under = canvas[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
        under[:] = (ink * grey + (LEVELS - ink) * under) // LEVELS


@lru_cache(maxsize=30_000)
def rotated_glyph(
    face: Face,
    points: float,
    character: str,
    degrees: int,
    stretch: float = 1.0,
    slant: float = 0.0,
) -> RotatedGlyph:
    """Render a character of a face at a size in points, rotated anticlockwise.

    Before the rotation, it is made `stretch` times as wide and slanted to the right by `slant`
    columns a row, as in a wider or an italic face.

    Raises GlyphError if the font cannot be read, and MissingExtra without FreeType.
    """
    font = _font(face)
    across, down = _direction(degrees)
    rows = (across * stretch, across * slant - down), (down * stretch, down * slant + across)
    _transform(font, *rows)
    font.set_char_size(0, int(points * UNITS), DRAWN_DPI, DRAWN_DPI)
    font.load_char(character, _freetype().FT_LOAD_RENDER)
    glyph = font.glyph
    bitmap = glyph.bitmap
    # freetype-py's own `buffer` makes a list, which takes a third of the drawing time.
    grey = np.zeros((0, 0), np.int64)
    if bitmap.rows:
        pixels = np.ctypeslib.as_array(bitmap._FT_Bitmap.buffer, (bitmap.rows, bitmap.pitch))
        grey = pixels[:, : bitmap.width].astype(np.int64)
    ink = ((grey * LEVELS + 128) // 255).astype(np.uint8)
    corner = glyph.bitmap_left, -glyph.bitmap_top
    return RotatedGlyph(ink, corner, glyph_corners(face, points, character, degrees, stretch))


def glyph_corners(
    face: Face, points: float, character: str, degrees: int, stretch: float = 1.0
) -> Corners:
    """Return the corners of a character's box, rotated with it, in pixels.

    The pen is at (0, 0), and y points downwards. As in libgd, the box reaches from the left edge
    of the ink to the advance. Raises the errors of `rotated_glyph`.
    """
    left, right, top, bottom = _box(face, points, character, degrees % 90 == 0)
    across, down = _direction(degrees)
    unit = DRAWN_DPI / (UNITS * MEASURED_DPI)

    def corner(x: float, y: float) -> Corner:
        x *= stretch
        return int((x * across + y * down) * unit), int(-(x * down - y * across) * unit)

    return corner(left, bottom), corner(right, bottom), corner(right, top), corner(left, top)


def _direction(degrees: int) -> tuple[float, float]:
    """The cosine and the sine of an angle."""
    return cos(radians(degrees % 360)), sin(radians(degrees % 360))


@lru_cache(maxsize=100_000)
def _box(face: Face, points: float, character: str, upright: bool) -> tuple[int, int, int, int]:
    """A character's left, right, top and bottom before rotation, as libgd measures them.

    FreeType's automatic hints, for fonts without hints, apply only to multiples of 90 degrees.
    """
    font = _font(face)
    _transform(font, *UPRIGHT if upright else TILTED)
    font.set_char_size(0, int(points * UNITS), MEASURED_DPI, MEASURED_DPI)
    font.load_char(character, _freetype().FT_LOAD_DEFAULT)
    metrics = font.glyph.metrics
    above = metrics.horiBearingY
    return metrics.horiBearingX, metrics.horiAdvance, -above, metrics.height - above


def _transform(font: Any, across: Row, down: Row) -> None:
    freetype = _freetype()
    matrix = freetype.Matrix(*(int(part * FIXED) for part in (*across, *down)))
    font.set_transform(matrix, freetype.Vector(0, 0))


@lru_cache(maxsize=1024)
def _font(face: Face) -> Any:
    freetype = _freetype()
    try:
        font = freetype.Face(str(face.path))
        if face.variable:
            axes = font.get_variation_info().axes
            font.set_var_design_coords(
                [face.weight if axis.tag == WEIGHT else axis.default for axis in axes]
            )
    except freetype.FT_Exception as error:
        raise GlyphError(f"{face.path} cannot be read as a font ({error})") from None
    return font


def _freetype() -> Any:
    # Imported late, because the other captchas do not need it.
    try:
        import freetype
    except ImportError as error:
        raise missing(f"the captcha 'securityimage' needs FreeType ({error})", "training") from None
    return freetype
