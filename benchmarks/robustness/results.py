"""What came of judging, put together: rates by group and family, and how confidence bears out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.robustness.judging import Outcome
from capslice.models.intervals import Rate
from capslice.models.reliability import Reliability

THRESHOLDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)

Key = TypeVar("Key", bound=Hashable)


def rate(outcomes: Sequence[Outcome]) -> Rate:
    """How many captchas of these were read right."""
    return Rate(sum(outcome.right for outcome in outcomes), len(outcomes))


def rates_by(key: Callable[[Outcome], Key], outcomes: Sequence[Outcome]) -> dict[Key, Rate]:
    """The rate for each value of `key`, in the order in which they first came."""
    parts: dict[Key, list[Outcome]] = {}
    for outcome in outcomes:
        parts.setdefault(key(outcome), []).append(outcome)
    return {value: rate(part) for value, part in parts.items()}


@dataclass(frozen=True)
class Threshold:
    """What `min_confidence` would do: how many are answered, and how many of those are right."""

    confidence: float
    answered: Rate
    right: Rate


def thresholds(outcomes: Sequence[Outcome]) -> list[Threshold]:
    """For some values of `min_confidence`; those above which nothing is answered are left out."""
    rows = []
    for confidence in THRESHOLDS:
        sure = [outcome for outcome in outcomes if outcome.confidence >= confidence]
        if sure:
            rows.append(Threshold(confidence, Rate(len(sure), len(outcomes)), rate(sure)))
    return rows


def reliability(outcomes: Sequence[Outcome]) -> Reliability:
    """How confidence bears out over all of these."""
    counted = Reliability()
    counted.count(
        [outcome.confidence for outcome in outcomes], [outcome.right for outcome in outcomes]
    )
    return counted
