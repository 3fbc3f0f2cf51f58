"""Measures how many labelled pictures a model reads right, and how well it is calibrated.

`models/labels.py` finds the labels. Pictures are read in batches, in constant memory. All rates
are of all labelled pictures: what the model cannot read is wrong.

Where the answer is the value of a sum, a label is a sum or a value, and a reading is right if it
has that value. Characters are compared where the label is a sum.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.agent.reading.misreadings import Misreadings, as_one
from capslice.agent.reading.read_files import read_files
from capslice.agent.reading.reader import Answer, Reader, Reading
from capslice.agent.reading.unreadable import Unreadable
from capslice.errors import PictureError
from capslice.models.alignment import right_characters
from capslice.models.decoding import Decoder
from capslice.models.decoding.decoder import in_case
from capslice.models.intervals import wilson
from capslice.models.reliability import Reliability
from capslice.models.sums import value, wanted_value

if TYPE_CHECKING:
    from capslice.json_output import EvaluationJson

WORST = 24  # misread pictures that are kept for the sheet
TINY = float(np.finfo(np.float32).tiny)
# A file of another kind in the folder is not counted, unless it is a picture all the same.
PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")


class Read(NamedTuple):
    """A labelled picture that was read.

    picture:    uint8 (height, width).
    text:       what was read.
    confidence: of the text, in [0, 1].
    possible:   whether the model could have read the label.
    surprise:   of a misread picture, the cross-entropy of its label in nats, 0 or more; the least
                that it can be, if the label is the value of a sum.
    """

    picture: NDArray[np.uint8]
    label: str
    text: str
    confidence: float
    possible: bool = True
    surprise: float = 0.0


@dataclass
class Evaluation:
    """Counts of right readings; all labelled pictures count.

    decoder:     says which labels the model can read.
    alike:       groups of characters that count as one.
    answer:      whether the text or the value of the sum that it shows must be right.
    answered:    pictures whose answer has a confidence of `min_confidence` or more.
    no_sum:      readings without the value that is the answer.
    by_length:   by the number of characters: how many pictures were right, and how many it had.
    positions:   int64 (length,), characters right at each position if all texts have one length.
    misreadings: of pictures whose label the model could have read. Like all that is counted by
                 characters, they leave out labels that are values of sums.
    reliability: how well the confidence predicts whether the whole captcha is right.
    worst:       up to 24 misread pictures, the most surprising first.
    others:      how many files were not counted, because they are no pictures or have no label.
    """

    decoder: Decoder
    min_confidence: float = 0.0
    alike: tuple[str, ...] = ()
    answer: Answer = "text"
    pictures: int = 0
    captchas_right: int = 0
    characters: int = 0
    characters_right: int = 0
    answered: int = 0
    answered_right: int = 0
    no_sum: int = 0
    others: int = 0
    by_length: defaultdict[int, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )
    positions: NDArray[np.int64] = field(init=False)
    unreadable: Unreadable = field(init=False)
    misreadings: Misreadings = field(default_factory=Misreadings)
    reliability: Reliability = field(default_factory=Reliability)
    worst: list[Read] = field(default_factory=list)

    def __post_init__(self) -> None:
        fixed = self.decoder.shortest == self.decoder.longest
        self.positions = np.zeros(self.decoder.longest if fixed else 0, np.int64)
        self.unreadable = Unreadable(self.decoder, self.answer)

    def count(self, file: Path, read: Read) -> None:
        """Count a picture that was read."""
        label, text = self._compared(read.label), self._compared(read.text)
        right, no_answer = label == text, False
        if self.answer == "sum":
            found = value(read.text)
            no_answer = found is None
            right = not no_answer and found == wanted_value(read.label)
        characters = right_characters(label, text)
        self._count(read.label, sum(characters), right=right)
        self.no_sum += no_answer
        if self.shows(read.label) and len(label) == len(self.positions):
            self.positions += characters
        self.reliability.count([read.confidence], [right])
        if not no_answer and read.confidence >= self.min_confidence:
            self.answered += 1
            self.answered_right += right
        if not right and read.possible:
            if self.shows(read.label):
                self.misreadings.count(label, text)
            # The sort is stable, so the earlier of two equal surprises comes first.
            self.worst = sorted([*self.worst, read], key=lambda each: -each.surprise)[:WORST]
        elif not right:
            self.unreadable.count_label(file, read.label)

    def count_broken(self, label: str, error: PictureError) -> None:
        """Count a labelled picture that cannot be decoded."""
        self._count(label, 0, right=False)
        self.unreadable.count_broken(error)

    def shows(self, label: str) -> bool:
        """Whether a label is the text in the picture, and not just the value of a sum."""
        return self.answer == "text" or value(label) is not None

    def _compared(self, text: str) -> str:
        if self.decoder.case != "fold":
            return as_one(text, self.alike)
        return as_one(in_case(text, "fold"), tuple(in_case(each, "fold") for each in self.alike))

    def _count(self, label: str, characters_right: int, *, right: bool) -> None:
        self.pictures += 1
        self.captchas_right += right
        if not self.shows(label):
            return
        self.characters += len(label)
        self.characters_right += characters_right
        self.by_length[len(label)][0] += right
        self.by_length[len(label)][1] += 1

    def __str__(self) -> str:
        """The lines that `capslice evaluate` prints."""
        what = "captchas" if self.answer == "text" else "values"
        lines = [_rate(what, self.captchas_right, self.pictures), *self._about_unreadable()]
        if self.answer == "sum":
            lines.append(f"readings that are no sum: {self.no_sum}")
        if self.characters:
            lines.append(_rate("characters", self.characters_right, self.characters))
        if len(self.by_length) > 1:
            rates = (f"{n}: {right} of {of}" for n, (right, of) in sorted(self.by_length.items()))
            lines.append(f"{what} right, by length: {', '.join(rates)}")
        if (positions := self._by_position()) is not None:
            shares = ", ".join(f"{share:.5f}" for share in positions)
            lines.append(f"characters right, by position: {shares}")
        if self.characters:
            lines.append(f"misread: {self.misreadings}")
        if (error := self._calibration_error()) is not None:
            lines.append(f"calibration error: {error:.5f}")
        lines.append(
            f"sure enough to answer ({self.min_confidence:g}): {self.answered} of {self.pictures}, "
            f"of which {self.answered - self.answered_right} wrong"
        )
        if hint := self._hint():
            lines.append(f"hint: {hint}")
        return "\n".join(lines)

    def _about_unreadable(self) -> Iterator[str]:
        if count := self.unreadable.counts.total():
            yield f"not readable by this model, and so wrong: {count} ({self.unreadable})"
            yield from (f"  {example}" for example in self.unreadable.examples)
            if more := count - len(self.unreadable.examples):
                yield f"  and {more} more"

    def _hint(self) -> str | None:
        return self.unreadable.hint() or self.misreadings.hint()

    def _by_position(self) -> list[float] | None:
        """The share of characters right at each position, if all texts have one length."""
        of = self.by_length[len(self.positions)][1] if len(self.positions) in self.by_length else 0
        return (self.positions / of).tolist() if of else None

    def _calibration_error(self) -> float | None:
        return self.reliability.calibration_error if self.reliability.counts.any() else None

    def as_json(self) -> EvaluationJson:
        """The object that `capslice evaluate --json` prints; rates are in [0, 1]."""
        right, of = self.characters_right, self.characters
        return {
            "pictures": self.pictures,
            "captchas_right": self.captchas_right,
            "captcha_accuracy": self.captchas_right / self.pictures,
            "captcha_interval": wilson(self.captchas_right, self.pictures),
            "character_accuracy": right / of if of else None,
            "character_interval": wilson(right, of) if of else None,
            "no_sum": self.no_sum if self.answer == "sum" else None,
            "unreadable": dict(self.unreadable.counts),
            "others": self.others,
            "min_confidence": self.min_confidence,
            "answered": self.answered,
            "answered_right": self.answered_right,
            "by_length": [
                {"length": length, "right": counts[0], "of": counts[1]}
                for length, counts in sorted(self.by_length.items())
            ],
            "position_accuracy": self._by_position(),
            "misread": [
                {"label": shown, "read": read, "count": count}
                for (shown, read), count in self.misreadings.pairs.most_common()
            ],
            "hint": self._hint(),
            "calibration_error": self._calibration_error(),
            "calibration": [
                {"pictures": share.of, "confidence": confidence, "accuracy": share.value}
                for confidence, share in self.reliability.bins
            ],
        }


def _rate(unit: str, right: int, of: int) -> str:
    low, high = wilson(right, of)
    return (
        f"{unit} right: {right} of {of}, {right / of:.5f} (95 % interval {low:.5f} to {high:.5f})"
    )


def evaluate(
    reader: Reader,
    files: Iterable[tuple[Path, str]],
    min_confidence: float = 0.0,
    alike: tuple[str, ...] = (),
) -> Evaluation:
    """Read every file and compare with its label. `files` are (path, label)."""
    result = Evaluation(reader.decoder, min_confidence, alike, reader.answer)
    labels: dict[Path, str] = {}

    def paths() -> Iterator[Path]:
        for file, label in files:
            labels[file] = label
            yield file

    for batch in read_files(reader, paths()):
        readings = reader.readings(batch.probabilities)
        for file, outcome in batch.outcomes:
            label = labels.pop(file)
            if not isinstance(outcome, PictureError) and label:
                picture, output = batch.pictures[outcome], batch.probabilities[outcome]
                result.count(file, _compared(reader, picture, label, readings[outcome], output))
            elif isinstance(outcome, PictureError) and file.suffix.lower() in PICTURES:
                result.count_broken(label, outcome)
            else:
                result.others += 1
    return result


def _compared(
    reader: Reader,
    picture: NDArray[np.uint8],
    label: str,
    reading: Reading,
    output: NDArray[np.float32],
) -> Read:
    decoder = reader.decoder
    text = in_case(label, decoder.case)
    read = Read(picture, label, reading.text, reading.confidence, decoder.can_give(text))
    if text == reading.text:
        return read
    if reader.answer == "sum" and value(label) is None:
        probability = 1 - reading.confidence  # any other text may have this value
        read = read._replace(possible=wanted_value(label) is not None)
    else:
        probability = float(decoder.probability(output, text))
    return read._replace(surprise=-math.log(max(probability, TINY)))
