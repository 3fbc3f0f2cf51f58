"""Sums up outcomes: rates by group and family, and the reliability of the confidence."""

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
    """The rate of captchas read right."""
    return Rate(sum(outcome.right for outcome in outcomes), len(outcomes))


def rates_by(key: Callable[[Outcome], Key], outcomes: Sequence[Outcome]) -> dict[Key, Rate]:
    """The rate for each value of `key`, in order of first appearance."""
    by_value: dict[Key, list[Outcome]] = {}
    for outcome in outcomes:
        by_value.setdefault(key(outcome), []).append(outcome)
    return {value: rate(some) for value, some in by_value.items()}


@dataclass(frozen=True)
class Threshold:
    """The effect of a `min_confidence`: captchas answered, and how many of those are right."""

    confidence: float
    answered: Rate
    right: Rate


def thresholds(outcomes: Sequence[Outcome]) -> list[Threshold]:
    """Try several values of `min_confidence`, up to the last at which something is answered."""
    rows = []
    for confidence in THRESHOLDS:
        sure = [outcome for outcome in outcomes if outcome.confidence >= confidence]
        if sure:
            rows.append(Threshold(confidence, Rate(len(sure), len(outcomes)), rate(sure)))
    return rows


def reliability(outcomes: Sequence[Outcome]) -> Reliability:
    """Compare confidence with accuracy, over all outcomes."""
    result = Reliability()
    result.count(
        [outcome.confidence for outcome in outcomes], [outcome.right for outcome in outcomes]
    )
    return result
