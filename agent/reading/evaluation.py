"""Measures how many labelled pictures a model reads right, and how well it is calibrated.

`models/labels.py` finds the labels. Pictures are read in batches, in constant memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.agent.reading.read_files import read_files
from capslice.agent.reading.reader import Reader
from capslice.errors import PictureError
from capslice.models.intervals import wilson
from capslice.models.reliability import Reliability

if TYPE_CHECKING:
    from capslice.json_output import EvaluationJson

WORST = 24  # misread pictures that are kept for the sheet


class Labelled(NamedTuple):
    """A picture, uint8 (height, width), and its label."""

    picture: NDArray[np.uint8]
    label: str


class Misread(NamedTuple):
    """A misread picture. `surprise` is the cross-entropy of its label in nats, 0 or more."""

    surprise: float
    number: int  # of the picture; orders equal surprises
    labelled: Labelled
    text: str


@dataclass
class Evaluation:
    """Counts of right readings, and one line for each file that could not be used.

    answered:    captchas that were read with a confidence of `min_confidence` or more.
    positions:   int64 (length,), characters right at each position.
    confusion:   int64 (classes, classes), how often a character (row) was read as another.
    reliability: how well the confidence predicts whether the whole captcha is right.
    worst:       up to 24 misread pictures, the most surprising first.
    skipped:     why each unusable file was skipped.
    """

    charset: str
    length: int
    min_confidence: float = 0.0
    pictures: int = 0
    captchas_right: int = 0
    answered: int = 0
    answered_right: int = 0
    positions: NDArray[np.int64] = field(init=False)
    confusion: NDArray[np.int64] = field(init=False)
    reliability: Reliability = field(default_factory=Reliability)
    worst: list[Misread] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.positions = np.zeros(self.length, np.int64)
        self.confusion = np.zeros((len(self.charset), len(self.charset)), np.int64)

    @property
    def characters(self) -> int:
        """How many characters all pictures have together."""
        return self.pictures * self.length

    @property
    def characters_right(self) -> int:
        """How many of them were read right."""
        return int(self.positions.sum())

    def confused(self) -> list[tuple[str, str, int]]:
        """The confusions as (character, read as, count), the most frequent first."""
        pairs = [
            (self.charset[i], self.charset[j], int(self.confusion[i, j]))
            for i, j in zip(*np.nonzero(self.confusion), strict=True)
            if i != j
        ]
        return sorted(pairs, key=lambda each: -each[2])

    def count(self, batch: list[Labelled], probabilities: NDArray[np.float32]) -> None:
        """Count a batch; `probabilities` are the reader's, float32 (n, length, classes)."""
        codes = np.array([[self.charset.index(c) for c in each.label] for each in batch])
        read = probabilities.argmax(-1)
        right = read == codes
        whole = right.all(-1)
        self.positions += right.sum(0)
        np.add.at(self.confusion, (codes.ravel(), read.ravel()), 1)
        confidences = probabilities.max(-1).astype(float).prod(-1)
        sure = confidences >= self.min_confidence
        self.answered += int(sure.sum())
        self.answered_right += int((sure & whole).sum())
        self.reliability.count(confidences, whole)
        given = np.take_along_axis(probabilities, codes[..., np.newaxis], -1)[..., 0]
        surprises = -np.log(np.maximum(given, np.finfo(np.float32).tiny)).sum(-1)
        for i in np.flatnonzero(~whole):
            text = "".join(self.charset[code] for code in read[i])
            misread = Misread(float(surprises[i]), self.pictures + int(i), batch[i], text)
            self.worst = heapq.nlargest(WORST, [*self.worst, misread], key=lambda each: each[:2])
        self.pictures += len(batch)
        self.captchas_right += int(whole.sum())

    def __str__(self) -> str:
        """The lines that `capslice evaluate` prints."""
        lines = []
        for unit, right, of in (
            ("captchas", self.captchas_right, self.pictures),
            ("characters", self.characters_right, self.characters),
        ):
            low, high = wilson(right, of)
            lines.append(
                f"{unit} right: {right} of {of}, {right / of:.5f} "
                f"(95 % interval {low:.5f} to {high:.5f})"
            )
        positions = ", ".join(f"{right / self.pictures:.5f}" for right in self.positions)
        confused = ", ".join(f"{shown} as {read} ({n})" for shown, read, n in self.confused())
        lines.append(f"characters right, by position: {positions}")
        lines.append(f"misread: {confused or 'none'}")
        lines.append(f"calibration error: {self.reliability.calibration_error:.5f}")
        lines.append(
            f"sure enough to answer ({self.min_confidence:g}): {self.answered} of {self.pictures}, "
            f"of which {self.answered - self.answered_right} wrong"
        )
        return "\n".join(lines)

    def as_json(self) -> EvaluationJson:
        """The object that `capslice evaluate --json` prints; rates are in [0, 1]."""
        return {
            "pictures": self.pictures,
            "captchas_right": self.captchas_right,
            "captcha_accuracy": self.captchas_right / self.pictures,
            "captcha_interval": wilson(self.captchas_right, self.pictures),
            "character_accuracy": self.characters_right / self.characters,
            "character_interval": wilson(self.characters_right, self.characters),
            "min_confidence": self.min_confidence,
            "answered": self.answered,
            "answered_right": self.answered_right,
            "position_accuracy": (self.positions / self.pictures).tolist(),
            "charset": self.charset,
            "confusion": self.confusion.tolist(),
            "calibration_error": self.reliability.calibration_error,
            "calibration": [
                {"pictures": right.of, "confidence": confidence, "accuracy": right.value}
                for confidence, right in self.reliability.bins
            ],
            "skipped": len(self.skipped),
        }


def evaluate(
    reader: Reader, files: Iterable[tuple[Path, str]], min_confidence: float = 0.0
) -> Evaluation:
    """Read every file whose label the model can read, and count. `files` are (path, label)."""
    card = reader.card
    result = Evaluation(card.charset, card.length, min_confidence)
    labels: dict[Path, str] = {}

    def readable() -> Iterator[Path]:
        for file, label in files:
            if len(label) == card.length and set(label) <= set(card.charset):
                labels[file] = label
                yield file
            else:
                result.skipped.append(
                    f"{file}: its label {label!r} is not {card.length} of {card.charset}"
                )

    for batch in read_files(reader, readable()):
        labelled = []
        for file, outcome in batch.outcomes:
            label = labels.pop(file)
            if isinstance(outcome, PictureError):
                result.skipped.append(str(outcome))
            else:
                labelled.append(Labelled(batch.pictures[outcome], label))
        if labelled:
            result.count(labelled, batch.probabilities)
    return result
