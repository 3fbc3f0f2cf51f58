"""What `fit` prints, and what a round of `learn` comes to."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

Interval = tuple[float, float]


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
    outcome: NotRequired[
        Literal[
            "still_getting_better",
            "learned_little",
            "learned_by_heart",
            "as_good_as_it_gets",
            "unknown",
        ]
    ]
    """What the last fit has come to; `unknown` if it was interrupted or had one epoch."""
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


class ValidationJson(TypedDict):
    """How many of the latest labels a round's model reads right; the fit has not learned them."""

    right: int
    """How many were read right."""
    of: int
    """How many there were."""


class RoundJson(TypedDict):
    """What a round of learning came to."""

    model: str
    """The path of the exported model; in the folder's round.json, relative to the folder."""
    labels: int
    """How many labels could be used: accepted answers, and labels made by hand."""
    rejected: int
    """How many rejected texts could be used."""
    guessed: int
    """How many sure readings of pictures that were not submitted could be used."""
    validation: ValidationJson
    """What the model reads of the latest labels."""
    seconds: float
    """How long the round took, export included."""
