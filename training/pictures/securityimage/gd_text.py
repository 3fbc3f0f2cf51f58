"""Characters as libgd draws them in any font: FreeType's, turned, in eighths of the ink.

On a picture with a palette, which is what GD::SecurityImage makes, a glyph's edge has seven
greys between ink and ground. FreeType hints a glyph before it turns it, as it does in libgd.
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

STRAIGHT: tuple[Row, Row] = (1, 0), (0, 1)
ASKEW: tuple[Row, Row] = (1, -1), (1, 1)


@dataclass(frozen=True)
class Turned:
    """A character with its pen at (0, 0), y downwards.

    ink:     uint8 (height, width), eighths of it.
    corner:  (x, y) of its upper left pixel.
    corners: of its box, turned with it.
    """

    ink: NDArray[np.uint8]
    corner: Corner
    corners: Corners

    def draw(self, canvas: NDArray[np.uint8], pen: Corner, grey: int) -> None:
        """Onto a canvas, uint8 (height, width), in place; what reaches over its edge is cut off."""
        left, top = pen[0] + self.corner[0], pen[1] + self.corner[1]
        height, width = self.ink.shape
        ink = self.ink[
            max(-top, 0) : max(canvas.shape[0] - top, 0),
            max(-left, 0) : max(canvas.shape[1] - left, 0),
        ].astype(np.int64)
        under = canvas[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
        under[:] = (ink * grey + (LEVELS - ink) * under) // LEVELS


@lru_cache(maxsize=30_000)
def turned(
    face: Face,
    points: float,
    character: str,
    degrees: int,
    stretch: float = 1.0,
    slant: float = 0.0,
) -> Turned:
    """A character of a face, at a size in points, turned anticlockwise.

    Before it is turned it is made `stretch` times as wide, and leans `slant` columns a row to the
    right, as it would in a face that is wider or an italic.

    Raises GlyphError where the face cannot be read, or FreeType is not installed.
    """
    font = _font(face)
    across, down = _direction(degrees)
    rows = (across * stretch, across * slant - down), (down * stretch, down * slant + across)
    _transform(font, *rows)
    font.set_char_size(0, int(points * UNITS), DRAWN_DPI, DRAWN_DPI)
    font.load_char(character, _freetype().FT_LOAD_RENDER)
    glyph = font.glyph
    bitmap = glyph.bitmap
    # Of its own accord it makes a list of them, which takes a third of all the time for drawing.
    grey = np.zeros((0, 0), np.int64)
    if bitmap.rows:
        pixels = np.ctypeslib.as_array(bitmap._FT_Bitmap.buffer, (bitmap.rows, bitmap.pitch))
        grey = pixels[:, : bitmap.width].astype(np.int64)
    ink = ((grey * LEVELS + 128) // 255).astype(np.uint8)
    corner = glyph.bitmap_left, -glyph.bitmap_top
    return Turned(ink, corner, corners(face, points, character, degrees, stretch))


def corners(
    face: Face, points: float, character: str, degrees: int, stretch: float = 1.0
) -> Corners:
    """Those of a character's box, turned with it, the pen at (0, 0), in pixels, y downwards.

    The box is, as libgd has it, from the left of the ink to the advance. Raises GlyphError as
    `turned`.
    """
    left, right, top, bottom = _box(face, points, character, degrees % 90 == 0)
    across, down = _direction(degrees)
    unit = DRAWN_DPI / (UNITS * MEASURED_DPI)

    def corner(x: float, y: float) -> Corner:
        x *= stretch
        return int((x * across + y * down) * unit), int(-(x * down - y * across) * unit)

    return corner(left, bottom), corner(right, bottom), corner(right, top), corner(left, top)


def _direction(degrees: int) -> tuple[float, float]:
    """The cosine and the sine."""
    return cos(radians(degrees % 360)), sin(radians(degrees % 360))


@lru_cache(maxsize=100_000)
def _box(face: Face, points: float, character: str, straight: bool) -> tuple[int, int, int, int]:
    """A character's left, right, top and bottom before it is turned, as libgd measures it.

    FreeType's own hints, for a font that has none, are for what stands or lies `straight` alone.
    """
    font = _font(face)
    _transform(font, *STRAIGHT if straight else ASKEW)
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
    # The other captchas do without it.
    try:
        import freetype
    except ImportError as error:
        raise missing(f"the captcha 'securityimage' needs FreeType ({error})", "training") from None
    return freetype
