"""What `learn` prints."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

Ending = Literal["target", "submissions", "minutes", "no_better", "labels", "interrupted"]


class RateJson(TypedDict):
    """A share, the counts behind it, and its 95 % interval (Wilson)."""

    accepted: int
    """How many answers were accepted."""
    of: int
    """How many answers were sent."""
    low: float
    """The lower end of the interval, in [0, 1]."""
    high: float
    """The upper end of the interval, in [0, 1]."""


class SegmentJson(TypedDict):
    """The answers between two fits."""

    model: int
    """The round whose model gave these answers; 0 is the model that `learn` began with."""
    submissions: int
    """How many answers had been sent before these."""
    minutes: float
    """How long sessions and fits had taken before these."""
    answers: RateJson
    """How many of these answers were accepted."""


class ReachedJson(TypedDict):
    """What it took to reach a share of accepted answers; null where it was not reached."""

    share: float
    """The share, in [0, 1]."""
    submissions: int | None
    """How many answers had been sent before the first model that reached it answered."""
    minutes: float | None
    """How long sessions and fits had taken by then."""


class LearnJson(TypedDict):
    """What `learn` prints."""

    url: str
    """The page's address, without secrets."""
    model: str
    """The path of the model at hand."""
    ended: Ending
    """Why it ended: the target is reached; the most submissions or minutes are used; no new model
    did better in two rounds; labels are needed, because hardly an answer is accepted; or it was
    interrupted."""
    until: float
    """The target: the share of accepted answers, in [0, 1]."""
    latest: RateJson | None
    """The latest answers of the model at hand; null if it sent none."""
    submissions: int
    """How many answers were sent in all."""
    accepted: int
    """How many of them were accepted."""
    labels: int
    """How many pictures a person labelled."""
    minutes: float
    """How long sessions and fits took."""
    minutes_of_fits: float
    """How long the fits took."""
    case: Literal["keep", "fold", "lower", "upper"]
    """The setting `model.case` for this site, as far as it is known."""
    curve: list[SegmentJson]
    """The answers by the model that gave them, in order."""
    reached: list[ReachedJson]
    """What 10, 50 and 90 % took."""
