"""Draws the misread pictures side by side: often it is the label that is wrong."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.models.decoding import Decoder
from capslice.models.sheet import reading_caption, write_sheet
from capslice.training.pictures import DataSet

MISREAD_FILE = "misread.png"
LARGEST = 24  # pictures on a sheet


class Misread(NamedTuple):
    """A misread picture, uint8 (height, width), its label, and the text that was read.

    surprise: minus the logarithm of the probability of the label, in nats.
    """

    picture: NDArray[np.uint8]
    label: str
    text: str
    surprise: float


class Predicted(NamedTuple):
    """Labelled pictures, a reader's float32 probabilities for them, and the decoder of these."""

    data: DataSet
    probabilities: NDArray[np.float32]
    decoder: Decoder

    def misread(self) -> Iterator[Misread]:
        """Yield the pictures whose text is not their label."""
        readings = self.decoder.decode(self.probabilities)
        for number, (label, (text, *_)) in enumerate(zip(self.data.texts, readings, strict=True)):
            if text != label:
                probability = self.decoder.probability(self.probabilities[number], label)
                surprise = -math.log(max(probability, np.finfo(float).tiny))
                yield Misread(self.data.pictures[number], label, text, surprise)


def write_misread_sheet(predicted: Iterable[Predicted], path: Path) -> int:
    """Write up to 24 misread pictures, the least probable label first. Returns their full number.

    Writes nothing where there are none. Raises SheetError where the sheet cannot be written.
    """
    misread = [each for part in predicted for each in part.misread()]
    shown = heapq.nlargest(LARGEST, misread, key=lambda each: each.surprise)
    if shown:
        tiles = [(each.picture, reading_caption(each.label, each.text)) for each in shown]
        write_sheet(tiles, path)
    return len(misread)
