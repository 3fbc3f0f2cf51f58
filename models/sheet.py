"""Sheets of pictures: many pictures on one image, each with a caption."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from capslice.errors import SheetError
from capslice.files import write_whole
from capslice.models.alignment import aligned

GAP = 12
CAPTION_HEIGHT = 18
SHEET_WIDTH = 1000
INK, MARKED = "black", "#D55E00"
# Signs that Pillow's own font lacks, and those that are drawn for them.
DRAWN = str.maketrans("×÷−", "*/-")

# Words, each with whether it is marked in colour.
Caption = Sequence[tuple[str, bool]]


def reading_caption(label: str, text: str, *, mark: bool = True) -> Caption:
    """Caption a picture with its label and the text read.

    With `mark`, it marks the characters that were not read, and those that were read wrong.
    """
    if not mark:
        return [(f"{label} read as {text}", False)]
    pairs = list(aligned(label, text))
    characters = [
        *((shown, read is None) for shown, read in pairs if shown is not None),
        *((each, False) for each in " read as "),
        *((read, read != shown) for shown, read in pairs if read is not None),
    ]
    return [
        ("".join(character for character, _ in run), marked)
        for marked, run in groupby(characters, key=lambda each: each[1])
    ]


def write_sheet(tiles: Sequence[tuple[NDArray[np.uint8], Caption]], path: Path) -> None:
    """Write pictures, uint8 (height, width) of one size, with their captions below them.

    In captions, × and ÷ are drawn as * and /.

    Raises SheetError if there is no picture, or if the file cannot be written.
    """
    if not tiles:
        raise SheetError(f"{path} was not written: there is no picture to show")
    font = ImageFont.load_default(14)
    tiles = [
        (picture, [(word.translate(DRAWN), marked) for word, marked in caption])
        for picture, caption in tiles
    ]
    lengths = [[round(font.getlength(word)) for word, _ in caption] for _, caption in tiles]
    height, width = tiles[0][0].shape
    cell_width = max(width, *map(sum, lengths)) + GAP
    cell_height = height + GAP + CAPTION_HEIGHT
    columns = max(SHEET_WIDTH // cell_width, 1)
    rows = -(-len(tiles) // columns)
    size = (min(columns, len(tiles)) * cell_width + GAP, rows * cell_height + GAP)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for i, (picture, caption) in enumerate(tiles):
        x, y = GAP + i % columns * cell_width, GAP + i // columns * cell_height
        sheet.paste(Image.fromarray(picture), (x, y))
        for (word, marked), length in zip(caption, lengths[i], strict=True):
            draw.text((x, y + height + 2), word, fill=MARKED if marked else INK, font=font)
            x += length
    try:
        content = io.BytesIO()
        kind = Image.registered_extensions().get(path.suffix.lower())
        if kind is None:
            raise ValueError(f"unknown file extension: {path.suffix}")
        sheet.save(content, kind)
        write_whole(path, content.getvalue())
    except (OSError, ValueError) as error:
        raise SheetError(f"{path} cannot be written: {error}") from None
