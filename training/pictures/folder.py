"""Captchas that exist only as a folder of labelled pictures.

The size, the lengths and the characters are taken from the pictures and their labels. Nothing draws
a new picture, but a page can show those of the folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from capslice.errors import DataSetError, DrawingError, one_line
from capslice.models.sizing import Sizes
from capslice.training.pictures.captcha import Captcha
from capslice.training.pictures.custom import Length, Side
from capslice.training.pictures.dataset import has_room

# If this share of the pictures has one size, the others are stretched to it. If not, all are
# padded to the largest width and height.
ONE_SIZE_SHARE = 0.9
# A length that only one label or a smaller share of them has is probably a mistake: to leave out a
# character, or to type it twice, happens to everybody who labels.
RARE_LENGTH_SHARE = 0.02


class FolderDescription(BaseModel):
    """What the pictures of a folder have in common; the fields are those of `Captcha`."""

    model_config = ConfigDict(frozen=True)

    size: tuple[Side, Side]
    sizes: Sizes = "stretched"
    charset: Annotated[str, Field(min_length=2)]
    length: Length
    shortest: Length | None = None  # None in fits of earlier versions: the same as `length`
    usual: str | None = None

    @classmethod
    def of(cls, labels: Mapping[Path, str], lengths: tuple[int, int] | None = None) -> Self:
        """Describe labelled files by their most common size, and by all lengths and characters.

        Lengths that hardly any label has, and labels too long for their picture, do not count.
        `lengths`, if given, are the numbers of characters of the shortest and the longest text.

        Raises DataSetError if no file is a picture with room for its label, or if all labels
        repeat one character.
        """
        pictures = {path: size for path in labels if (size := _size(path))}
        if not pictures:
            raise DataSetError(f"there is no picture among these {len(labels)} files")
        texts = [
            labels[path] for path, (width, _) in pictures.items() if has_room(labels[path], width)
        ]
        if not any(texts):
            raise DataSetError(f"none of these {len(pictures)} pictures has room for its label")
        shortest, longest = lengths or _lengths(texts)
        fitting = [text for text in texts if shortest <= len(text) <= longest]
        characters = sorted({*"".join(fitting)})
        if len(characters) < 2:
            raise DataSetError(f"all labels are made of one character, {characters!r}")
        sizes = Counter(pictures.values())
        (size, often), *_ = sizes.most_common(1)
        one_size = often >= ONE_SIZE_SHARE * sizes.total()
        largest = (max(width for width, _ in sizes), max(height for _, height in sizes))
        return cls(
            size=size if one_size else largest,
            sizes="stretched" if one_size else "padded",
            charset="".join(characters),
            length=longest,
            shortest=shortest,
        )


def _lengths(texts: list[str]) -> tuple[int, int]:
    """The lengths of the shortest and the longest text, without rare ones at either end."""
    counts = Counter(len(text) for text in texts if text)
    least = max(2, RARE_LENGTH_SHARE * counts.total())
    usual = [length for length, count in counts.items() if count >= least] or counts
    return min(usual), max(usual)


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
        self.shortest = description.shortest or description.length
        self.usual = description.usual

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], None]:
        """Raise DrawingError: it cannot be drawn."""
        raise DrawingError(
            "the captcha of a folder cannot be drawn, only read: give a captcha that can"
        )


class ShownFolder(FolderCaptcha):
    """Shows the labelled pictures of a folder at random, in their own colours and sizes.

    Raises DataSetError if `labels` has no usable picture; see `FolderDescription.of`.
    """

    def __init__(self, labels: Mapping[Path, str]) -> None:
        super().__init__(FolderDescription.of(labels))
        self._paths: dict[str, list[Path]] = {}
        for path, text in labels.items():
            if self.can_show(text) and _size(path):
                self._paths.setdefault(text, []).append(path)
        # Each as often as it has pictures.
        self._texts = [text for text, paths in self._paths.items() for _ in paths]

    def random_text(self, rng: np.random.Generator) -> str:
        """Return the text of a random picture."""
        return self._texts[rng.integers(len(self._texts))]

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        """Return a random picture of this text. Raises DrawingError if its file is broken."""
        paths = self._paths[text]
        path = paths[rng.integers(len(paths))]
        try:
            with Image.open(path) as image:
                return image.convert("RGBA" if image.has_transparency_data else "RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DrawingError(f"{path} cannot be shown ({one_line(str(error))})") from None
