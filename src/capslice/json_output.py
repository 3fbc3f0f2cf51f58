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


class CalibrationJson(TypedDict):
    """One bin of confidences."""

    pictures: int
    """How many pictures fell into this bin."""
    confidence: float
    """Their mean confidence, in [0, 1]."""
    accuracy: float
    """The share of them that was read right, in [0, 1]."""


class EvaluationJson(TypedDict):
    """What `evaluate` prints. Rates are in [0, 1]; intervals are Wilson's, of 95 %."""

    pictures: int
    """How many labelled pictures were read."""
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
    min_confidence: float
    """The confidence below which `solve` does not type an answer."""
    answered: int
    """How many pictures reached that confidence."""
    answered_right: int
    """How many of those were read right."""
    position_accuracy: list[float]
    """The share of characters read right, by position."""
    charset: str
    """The characters that the model knows, in the order of `confusion`."""
    confusion: list[list[int]]
    """How often each character (row) was read as each character (column)."""
    calibration_error: float
    """The expected calibration error, in [0, 1]."""
    calibration: list[CalibrationJson]
    """The bins of the reliability diagram."""
    skipped: int
    """How many files could not be used."""


class CheckJson(TypedDict):
    """What `doctor` prints: one line for each check."""

    check: str
    """The name of the check."""
    passed: bool
    """Whether it passed."""
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
    screenshot: str
    """The path of the picture that shows what was found."""


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
    """How many pictures would bring 99 %; null where no number would."""

    pictures: float | None
    """The estimate."""
    low: float | None
    """The lower end of its 95 % interval."""
    high: float | None
    """The upper end of its 95 % interval."""


class FitJson(TypedDict):
    """What `fit` prints. Rates are in [0, 1].

    With `--cross-validation`, only the rates, `misread` and `folds` are there; each of `folds` has
    the keys of a single fit.
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
    needed: NotRequired[NeededJson]
    """How many pictures would bring 99 %, with `--learning-curve`."""
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
    captchas_right: NotRequired[int]
    """How many held-out captchas were read right."""
