"""The JSON that each command prints with `--json`.

These types are what `docs/reference/json.md` and its schemas are made from. `report` and `audit`
print an audit's report (`capslice.agent.audit.report`), and `compare` prints a comparison, which
have models of their own; so does `export`, which prints a model's card.
"""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict

Interval = tuple[float, float]


class AttemptJson(TypedDict):
    """One captcha that was read."""

    text: str
    """The text that the model read."""
    answer: str | None
    """What was typed: the text itself, or the value of the sum; null if it shows none."""
    confidence: float
    """The probability that the whole text is right, in [0, 1]."""
    probabilities: list[float]
    """The probability of each character, in [0, 1]."""
    verdict: str
    """`accepted`, `rejected`, or `unsure` if the answer was not typed."""


class SolutionJson(TypedDict):
    """What `solve` and `demo` print."""

    solved: bool
    """Whether the page accepted the last answer."""
    text: str | None
    """The last text that was read, or null if none was."""
    answer: str | None
    """The answer to it: the text itself, or the value of the sum; null if there is none."""
    confidence: float | None
    """The confidence of that text, in [0, 1]."""
    attempts: int
    """How many captchas were read."""
    seconds: float
    """How long the whole run took."""
    url: str
    """The page's address at the end, without secrets."""
    history: list[AttemptJson]
    """Every captcha that was read, in order."""
    faults: list[str]
    """The faults that passed after another try."""
    trace: str | None
    """The path of the Playwright trace, or null if none was written."""


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
    """How many of them were read right as a whole."""
    captcha_accuracy: float
    """The share of pictures that was read right."""
    captcha_interval: Interval
    """The interval of that share."""
    character_accuracy: float
    """The share of single characters that was read right."""
    character_interval: Interval
    """The interval of that share."""
    unreadable: dict[str, int]
    """How many pictures the model cannot read: those that are `broken`, or whose labels are
    `longer` or `shorter` than its texts or have `unknown` characters."""
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


class CheckJson(TypedDict):
    """What `doctor` prints: one line for each check."""

    check: str
    """The name of the check."""
    passed: bool
    """Whether it passed."""
    warning: bool
    """Whether something may be wrong although it passed."""
    finding: str
    """What was found, or what is wrong and what to do."""


class FindingJson(TypedDict):
    """A selector that `init` found."""

    selector: str
    """The selector, or an empty text if there is none."""
    why: str
    """Why this element was chosen."""
    guessed: bool
    """Whether it was guessed, without having been seen to work."""


class StatusesJson(TypedDict):
    """The HTTP statuses that tell a verdict."""

    accepted: list[int]
    """Statuses of an accepted answer."""
    rejected: list[int]
    """Statuses of a rejected answer."""


class CandidateJson(TypedDict):
    """A model that `init` tried."""

    model: str
    """Its name or file."""
    texts: list[str]
    """What it read in each picture; empty if it cannot give such answers."""
    confidence: float | None
    """The mean confidence of these readings, in [0, 1]; `null` without readings."""
    doubt: str
    """Why it is not made for the captcha, or an empty text."""


class InitJson(TypedDict):
    """What `init` prints."""

    url: str
    """The page's address, without secrets."""
    found: dict[str, FindingJson]
    """A finding for each selector of `[target.selectors]`."""
    statuses: StatusesJson
    """What belongs into `[target.statuses]`."""
    notes: list[str]
    """What the user should know besides."""
    model: str | None
    """The model that was chosen; `null` if none is made for the captcha."""
    answers: dict[str, str]
    """What the form says about the answers: values for keys of `[model]`."""
    candidates: list[CandidateJson]
    """The models that were tried."""
    screenshot: str
    """The path of the picture that shows what was found."""
    readings: str | None
    """The path of the picture that shows what was read; `null` if the page showed no picture."""


class JournalJson(TypedDict):
    """What `journal` prints: one line for each attempt."""

    id: int
    """The attempt's number in the journal."""
    run: int
    """The run that it belongs to."""
    number: int
    """Its number within the run, from 1."""
    started: str
    """When it began: ISO 8601, UTC."""
    url: str
    """The page's address, without secrets."""
    text: str | None
    """The text that the model read, or null if it got no picture."""
    confidence: float | None
    """The probability that the whole text is right, in [0, 1]."""
    probabilities: list[float] | None
    """The probability of each character, in [0, 1]."""
    submitted: str | None
    """When the answer was submitted, or null if it was not."""
    ended: str | None
    """When the attempt ended, or null if it has not."""
    verdict: str | None
    """`accepted`, `rejected` or `unsure`, or null if there is none."""
    error: str | None
    """The error that ended the attempt, if one did."""
    blocked: list[str]
    """What the agent kept from other origins: methods and addresses, without secrets."""
    state: str | None
    """The outcome of the run, or null while it goes on."""


class CurvePointJson(TypedDict):
    """One point of a learning curve."""

    pictures: int
    """How many pictures the fit learned from."""
    right: int
    """How many held-out captchas it then read right."""
    of: int
    """How many held-out captchas there were."""


class NeededJson(TypedDict):
    """How many pictures would bring an accuracy; null where the curve hardly rises."""

    accuracy: float
    """The share of captchas read right, in [0, 1]."""
    pictures: float | None
    """The estimate."""
    low: float | None
    """The lower end of its 95 % interval."""
    high: float | None
    """The upper end of its 95 % interval."""


class FitJson(TypedDict):
    """What `fit` prints. Rates are in [0, 1].

    With `--cross-validation`, only the rates, `by_length`, `misread` and `folds` are there; each of
    `folds` has the keys of a single fit.
    """

    captcha_accuracy: float
    """The share of held-out captchas that was read right."""
    character_accuracy: float
    """The share of their characters that was read right."""
    captcha_interval: NotRequired[Interval]
    """The 95 % interval of `captcha_accuracy` (Wilson)."""
    misread: NotRequired[int]
    """How many held-out captchas were misread."""
    folds: NotRequired[list[FitJson]]
    """The fit of each fold."""
    curve: NotRequired[list[CurvePointJson]]
    """The learning curve, with `--learning-curve`."""
    needed: NotRequired[list[NeededJson]]
    """How many pictures would bring 90 % and 99 %, with `--learning-curve`."""
    captcha: NotRequired[str]
    """The name of the captcha."""
    folder: NotRequired[dict[str, Any] | None]
    """What is known of a captcha that is only a folder of pictures."""
    recipe: NotRequired[dict[str, Any]]
    """The network and how it was fitted."""
    fitted_on: NotRequired[int]
    """How many captchas it learned from."""
    augmented: NotRequired[bool]
    """Whether they were augmented."""
    tested_on: NotRequired[int]
    """How many held-out captchas it was tested on."""
    parameters: NotRequired[int]
    """How many parameters the network has."""
    epochs: NotRequired[int]
    """How many epochs were run."""
    best_epoch: NotRequired[int]
    """The epoch whose weights were kept."""
    seconds: NotRequired[float]
    """How long the fit took."""
    late_batches: NotRequired[int]
    """How often the fit waited for the stream of pictures."""
    interrupted: NotRequired[bool]
    """Whether it was interrupted."""
    characters_right: NotRequired[list[int]]
    """How many characters were read right, by position."""
    characters: NotRequired[list[int]]
    """How many held-out captchas have a character there, by position."""
    captchas_right: NotRequired[int]
    """How many held-out captchas were read right."""
    by_length: NotRequired[dict[int, tuple[int, int]]]
    """Where lengths vary: how many were read right, and all, by number of characters."""
