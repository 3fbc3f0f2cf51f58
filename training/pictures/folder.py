"""Captchas that exist only as a folder of labelled pictures, and cannot be drawn.

The size, the length and the characters are taken from the pictures and their labels.
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

# If this share of the pictures has one size, the others are stretched to it. If not, all are
# padded to the largest width and height.
ONE_SIZE_SHARE = 0.9


class FolderDescription(BaseModel):
    """What the pictures of a folder have in common; the fields are those of `Captcha`."""

    model_config = ConfigDict(frozen=True)

    size: tuple[Side, Side]
    sizes: Sizes = "stretched"
    charset: Annotated[str, Field(min_length=2)]
    length: PositiveInt

    @classmethod
    def of(cls, labels: Mapping[Path, str]) -> Self:
        """Describe labelled files by their most common size and length, and by all characters.

        Raises DataSetError if none of them is a picture, or if all labels repeat one character.
        """
        sizes = Counter(size for path in labels if (size := _size(path)))
        if not sizes:
            raise DataSetError(f"there is no picture among these {len(labels)} files")
        length = Counter(map(len, labels.values())).most_common(1)[0][0]
        characters = sorted({c for text in labels.values() if len(text) == length for c in text})
        if len(characters) < 2:
            raise DataSetError(f"all labels are made of one character, {characters!r}")
        (size, pictures), *_ = sizes.most_common(1)
        charset = "".join(characters)
        if pictures >= ONE_SIZE_SHARE * sizes.total():
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
    """The captcha of a folder of labelled pictures."""

    name = "folder"
    fonts = ()

    def __init__(self, description: FolderDescription) -> None:
        self.description = description
        self.size, self.sizes = description.size, description.sizes
        self.charset, self.length = description.charset, description.length

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], None]:
        """Raise DrawingError: it cannot be drawn."""
        raise DrawingError(
            "the captcha of a folder cannot be drawn, only read: give a captcha that can"
        )
