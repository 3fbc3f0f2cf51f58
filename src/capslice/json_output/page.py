"""What commands that act on a page print, and `journal`."""

from __future__ import annotations

from typing_extensions import TypedDict


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


class CollectionJson(TypedDict):
    """What `collect` prints."""

    folder: str
    """The folder of the pictures."""
    pictures: int
    """How many collected pictures it has now."""
    new: int
    """How many of them were added."""
    duplicates: int
    """How many pictures were shown that the folder had already."""
    faults: dict[str, int]
    """What the page showed in place of a captcha, and how often."""
    sizes: dict[str, int]
    """How many pictures have each size, such as `150x40`."""
    confidence: float | None
    """The mean confidence of the model, in [0, 1]; `null` without `--model`."""
    exhausted: bool
    """Whether it ended early, because the page shows the same pictures again and again."""
    seconds: float
    """How long it took."""


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
