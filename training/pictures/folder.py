"""A captcha of which there are only labelled pictures: nobody here knows how it is drawn.

What it is, is looked up in them: most pictures' size, or room for all where they are of many
sizes, most labels' length, all their characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from capslice.errors import DataSetError, DrawingError
from capslice.models.sizing import Sizes
from capslice.training.pictures.captcha import Captcha
from capslice.training.pictures.custom import Side

MOST = 0.9  # of the pictures: if so many are of one size, the others should be


class FolderDescription(BaseModel):
    """What the pictures of a folder have in common."""

    model_config = ConfigDict(frozen=True)

    size: tuple[Side, Side]
    sizes: Sizes = "stretched"
    charset: Annotated[str, Field(min_length=2)]
    length: PositiveInt

    @classmethod
    def of(cls, labels: Mapping[Path, str]) -> Self:
        """What most of these files are. Raises DataSetError where they are none."""
        sizes = Counter(size for path in labels if (size := _size(path)))
        if not sizes:
            raise DataSetError(f"there is no picture among these {len(labels)} files")
        length = Counter(map(len, labels.values())).most_common(1)[0][0]
        characters = sorted({c for text in labels.values() if len(text) == length for c in text})
        if len(characters) < 2:
            raise DataSetError(f"all labels are made of one character, {characters!r}")
        (size, often), *_ = sizes.most_common(1)
        charset = "".join(characters)
        if often >= MOST * sizes.total():
            return cls(size=size, charset=charset, length=length)
        largest = (max(width for width, _ in sizes), max(height for _, height in sizes))
        return cls(size=largest, sizes="padded", charset=charset, length=length)


def _size(path: Path) -> tuple[int, int] | None:
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


class FolderCaptcha(Captcha):
    """What a folder of labelled pictures shows."""

    name = "folder"
    fonts = ()

    def __init__(self, description: FolderDescription) -> None:
        self.description = description
        self.size, self.charset, self.length = (
            description.size,
            description.charset,
            description.length,
        )
        self.sizes = description.sizes

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], None]:
        """Raises DrawingError: it cannot be drawn."""
        raise DrawingError(
            "the captcha of a folder cannot be drawn, only read: give a captcha that can"
        )
