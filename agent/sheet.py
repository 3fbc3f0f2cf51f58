"""Pictures that were read wrong, side by side on one sheet, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from agent.errors import PictureError
from agent.evaluate import Misread

ACROSS = 3
GAP = 12
CAPTION = 18
WRONG = "#D55E00"


def write_sheet(misread: Sequence[Misread], size: tuple[int, int], path: Path) -> None:
    """Write the pictures, each `size` (width, height), with label and reading below.

    The characters that were read wrong are in colour. Raises PictureError where the
    sheet cannot be written.
    """
    width, height = size[0] + GAP, size[1] + CAPTION + GAP
    rows = -(-len(misread) // ACROSS) or 1
    sheet = Image.new("RGB", (ACROSS * width + GAP, rows * height + GAP), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for i, each in enumerate(misread):
        x, y = GAP + i % ACROSS * width, GAP + i // ACROSS * height
        sheet.paste(Image.fromarray(each.labelled.picture), (x, y))
        words: list[tuple[str, str]] = [(f"{each.labelled.label} read as ", "black")]
        for shown, read in zip(each.labelled.label, each.text, strict=True):
            words.append((read, "black" if shown == read else WRONG))
        for word, colour in words:
            draw.text((x, y + size[1] + 2), word, fill=colour, font=font)
            x += round(draw.textlength(word, font=font))
    try:
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise PictureError(f"{path} cannot be written: {error}") from None
