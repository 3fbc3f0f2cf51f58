"""Pictures side by side on one sheet, each with a caption, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from capslice.errors import SheetError

GAP = 12
CAPTION = 18
WIDE = 1000
INK, MARKED = "black", "#D55E00"

# A caption is words, of which some are marked.
Caption = Sequence[tuple[str, bool]]


def read_as(label: str, text: str) -> Caption:
    """The label, and what was read, of the same length, with what is wrong in it marked."""
    pairs = zip(label, text, strict=True)
    return [(f"{label} read as ", False), *((read, read != shown) for shown, read in pairs)]


def write_sheet(tiles: Sequence[tuple[NDArray[np.uint8], Caption]], path: Path) -> None:
    """Write pictures, all uint8 (height, width), with their captions below them.

    Raises SheetError where there is none, or the sheet cannot be written.
    """
    if not tiles:
        raise SheetError(f"{path} was not written: there is no picture to show")
    height, width = (side + GAP for side in tiles[0][0].shape)
    across = max(WIDE // width, 1)
    down = -(-len(tiles) // across)
    size = (min(across, len(tiles)) * width + GAP, down * (height + CAPTION) + GAP)
    sheet = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for i, (picture, caption) in enumerate(tiles):
        x, y = GAP + i % across * width, GAP + i // across * (height + CAPTION)
        sheet.paste(Image.fromarray(picture), (x, y))
        for word, marked in caption:
            draw.text((x, y + height - GAP + 2), word, fill=MARKED if marked else INK, font=font)
            x += round(draw.textlength(word, font=font))
    try:
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise SheetError(f"{path} cannot be written: {error}") from None
