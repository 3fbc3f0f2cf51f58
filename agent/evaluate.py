"""How much of a labelled folder a model reads right.

The label is the file name's part before the dash, as `captcha-training generate`
writes it. Pictures stream through in batches, so memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.errors import MissingExtra, PictureError
from agent.reader import Reader

try:
    from models.intervals import wilson
except ImportError:
    raise MissingExtra(
        "intervals are computed by scipy, which is missing: pip install 'capslice[evaluate]'"
    ) from None

BATCH = 256


@dataclass
class Evaluation:
    """Counts of what was read right, and one line on each file that could not be used."""

    length: int
    pictures: int = 0
    captchas_right: int = 0
    digits_right: int = 0
    skipped: list[str] = field(default_factory=list)

    @property
    def digits(self) -> int:
        """How many digits the pictures had together."""
        return self.pictures * self.length

    def as_json(self) -> dict[str, Any]:
        """What `captcha-agent evaluate --json` prints; rates in [0, 1]."""
        return {
            "pictures": self.pictures,
            "captchas_right": self.captchas_right,
            "captcha_accuracy": self.captchas_right / self.pictures,
            "captcha_interval": wilson(self.captchas_right, self.pictures),
            "digit_accuracy": self.digits_right / self.digits,
            "digit_interval": wilson(self.digits_right, self.digits),
            "skipped": len(self.skipped),
        }


def label_of(file: Path, charset: str, length: int) -> str:
    """The text that a file's name says its picture shows. Raises PictureError for none."""
    label, dash, _ = file.stem.partition("-")
    if not dash or len(label) != length or not set(label) <= set(charset):
        raise PictureError(f"{file}: its name does not begin with {length} of {charset} and a dash")
    return label


def evaluate(reader: Reader, files: Iterable[Path]) -> Evaluation:
    """Read every labelled picture, and count."""
    card = reader.card
    result = Evaluation(card.length)
    labels: list[str] = []
    pictures: list[NDArray[np.uint8]] = []

    def count() -> None:
        for reading, label in zip(reader.read_many(np.stack(pictures)), labels, strict=True):
            result.captchas_right += reading.text == label
            result.digits_right += sum(a == b for a, b in zip(reading.text, label, strict=True))
        result.pictures += len(pictures)
        labels.clear()
        pictures.clear()

    for file in files:
        try:
            label = label_of(file, card.charset, card.length)
            pictures.append(reader.open(file))
            labels.append(label)
        except PictureError as error:
            result.skipped.append(str(error))
        if len(pictures) == BATCH:
            count()
    if pictures:
        count()
    return result
