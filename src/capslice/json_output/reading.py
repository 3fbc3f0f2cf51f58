"""What `read` and `evaluate` print."""

from __future__ import annotations

from typing_extensions import TypedDict

Interval = tuple[float, float]


class ReadingJson(TypedDict):
    """What `read` prints: one line for each picture that could be read."""

    file: str
    """The path of the picture."""
    text: str
    """The text that the model read."""
    confidence: float
    """The probability that the whole text is right, in [0, 1]."""
    probabilities: list[float]
    """The probability of each character, in [0, 1]."""
    answer: str | None
    """The text to type: the text itself or, with `--answer sum`, the value of the sum; null if
    it shows none."""


class CalibrationJson(TypedDict):
    """One bin of confidences."""

    pictures: int
    """How many pictures fell into this bin."""
    confidence: float
    """Their mean confidence, in [0, 1]."""
    accuracy: float
    """The share of them that was read right, in [0, 1]."""


class LengthJson(TypedDict):
    """How many pictures with labels of one length were read right."""

    length: int
    """How many characters the labels have."""
    right: int
    """How many pictures were read right."""
    of: int
    """How many there were."""


class MisreadingJson(TypedDict):
    """How often one character was misread in one way."""

    label: str | None
    """The character of the label; null where one was read that is not there."""
    read: str | None
    """The character that was read; null where the character was missed."""
    count: int
    """How often."""


class EvaluationJson(TypedDict):
    """What `evaluate` prints. Rates are in [0, 1]; intervals are Wilson's, of 95 %."""

    pictures: int
    """How many labelled pictures there are. All rates are of these, also of unreadable ones."""
    captchas_right: int
    """How many of them were read right as a whole or, with `--answer sum`, have the right value."""
    captcha_accuracy: float
    """The share of pictures that was read right."""
    captcha_interval: Interval
    """The interval of that share."""
    character_accuracy: float | None
    """The share of single characters that was read right; null if all labels are values of sums."""
    character_interval: Interval | None
    """The interval of that share."""
    no_sum: int | None
    """How many readings are no sum, and so have no value; null without `--answer sum`."""
    unreadable: dict[str, int]
    """How many pictures the model cannot read: those that are `broken`, or whose labels are
    `longer` or `shorter` than its texts or have `unknown` characters; with `--answer sum`, also
    those whose labels are `no_sum` and no value."""
    others: int
    """How many files were not counted, because they are no pictures or have no label."""
    min_confidence: float
    """The confidence below which `solve` does not type an answer."""
    answered: int
    """How many pictures reached that confidence."""
    answered_right: int
    """How many of those were read right."""
    by_length: list[LengthJson]
    """The pictures right by the length of their labels."""
    position_accuracy: list[float] | None
    """The share of characters read right, by position; null if texts have several lengths."""
    misread: list[MisreadingJson]
    """The characters that were misread, the most frequent first."""
    hint: str | None
    """What nearly all misreadings have in common, and how to ignore it."""
    calibration_error: float | None
    """The expected calibration error, in [0, 1]; null if no picture was read."""
    calibration: list[CalibrationJson]
    """The bins of the reliability diagram."""
