"""Draws the misread pictures side by side: often it is the label that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.models.sheet import Caption, reading_caption, write_sheet
from capslice.training.pictures import DataSet

MISREAD_FILE = "misread.png"
LARGEST = 24  # pictures on a sheet


class Predicted(NamedTuple):
    """Labelled pictures, and a reader's float32 probabilities (n, length, classes) for them."""

    data: DataSet
    probabilities: NDArray[np.float32]

    def surprises(self) -> NDArray[np.float32]:
        """float32 (n,): minus the logarithm of the probability of each label."""
        of_label = np.take_along_axis(self.probabilities, self.data.codes[..., np.newaxis], -1)
        tiny = np.finfo(np.float32).tiny
        surprises: NDArray[np.float32] = -np.log(np.maximum(of_label[..., 0], tiny)).sum(-1)
        return surprises

    def caption(self, number: int) -> Caption:
        """The label and the reading of a picture, with the wrong characters marked."""
        rows = (self.data.codes[number], self.probabilities[number].argmax(-1))
        label, text = ("".join(self.data.charset[code] for code in row) for row in rows)
        return reading_caption(label, text)


def write_misread_sheet(predicted: Iterable[Predicted], path: Path) -> int:
    """Write up to 24 misread pictures, the least probable label first. Returns their full number.

    Writes nothing where there are none. Raises SheetError where the sheet cannot be written.
    """
    misread = [
        (surprise, part, number)
        for part in predicted
        for number, surprise in enumerate(part.surprises())
        if (part.probabilities[number].argmax(-1) != part.data.codes[number]).any()
    ]
    shown = sorted(misread, key=lambda each: -each[0])[:LARGEST]
    if shown:
        write_sheet(
            [(part.data.pictures[number], part.caption(number)) for _, part, number in shown], path
        )
    return len(misread)
