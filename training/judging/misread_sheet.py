"""The pictures that were read worst, on a sheet: of some, it is the label that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.models.sheet import Caption, reading_caption, write_sheet
from capslice.training.pictures import DataSet

WORST_FILE = "worst.png"
WORST = 24


class Judged(NamedTuple):
    """Pictures, and what a reader made of them: float32 probabilities (n, length, classes)."""

    data: DataSet
    probabilities: NDArray[np.float32]

    def surprises(self) -> NDArray[np.float32]:
        """float32 (n,): minus the logarithm of how probable each label was."""
        given = np.take_along_axis(self.probabilities, self.data.codes[..., np.newaxis], -1)
        tiny = np.finfo(np.float32).tiny
        surprises: NDArray[np.float32] = -np.log(np.maximum(given[..., 0], tiny)).sum(-1)
        return surprises

    def caption(self, number: int) -> Caption:
        """The label, and what was read, with what is wrong in it marked."""
        rows = (self.data.codes[number], self.probabilities[number].argmax(-1))
        label, text = ("".join(self.data.charset[code] for code in row) for row in rows)
        return reading_caption(label, text)


def write_worst(judged: Iterable[Judged], path: Path) -> int:
    """Write up to 24 that were read wrong, the most surprising first; how many there are in all.

    Nothing is written where there is none. Raises SheetError where the sheet cannot be written.
    """
    misread = [
        (surprise, part, number)
        for part in judged
        for number, surprise in enumerate(part.surprises())
        if (part.probabilities[number].argmax(-1) != part.data.codes[number]).any()
    ]
    worst = sorted(misread, key=lambda each: -each[0])[:WORST]
    if worst:
        write_sheet(
            [(part.data.pictures[number], part.caption(number)) for _, part, number in worst], path
        )
    return len(misread)
