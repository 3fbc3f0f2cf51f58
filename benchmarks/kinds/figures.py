"""Counts what readers read right, for each kind and over all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np

from benchmarks.kinds.kind import Kind
from benchmarks.kinds.measuring import Reads
from capslice.models.intervals import Rate


class Interval(NamedTuple):
    """A rate with its 95 % interval, in two digits: enough for a few hundred pictures."""

    value: float
    low: float
    high: float

    @classmethod
    def of_rate(cls, rate: Rate) -> Interval:
        """The rate with Wilson's interval."""
        return cls(rate.value, *rate.interval)

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Figures:
    """How well a reader read a kind.

    exact:         the rate of texts that equal their labels.
    ignoring_case: the same where the case of letters does not count.
    told:          the same, where the reader was told which lengths and characters can occur.
    confidence:    the mean probability that the reader gave to its texts, or None.
    told_confidence: the same, where it was told.
    milliseconds:  the median time of one core for a picture.
    """

    kind: str
    reader: str
    exact: Rate
    ignoring_case: Rate
    told: Rate
    confidence: float | None
    told_confidence: float | None
    milliseconds: float

    def as_json(self) -> dict[str, object]:
        """The figures, with the 95 % interval of each rate."""
        rates = {name: getattr(self, name) for name in ("exact", "ignoring_case", "told")}
        return {
            "kind": self.kind,
            "reader": self.reader,
            "pictures": self.exact.of,
            **{name: [rate.value, *rate.interval] for name, rate in rates.items()},
            "confidence": self.confidence,
            "told_confidence": self.told_confidence,
            "milliseconds": self.milliseconds,
        }


def count(kind: Kind, free: Reads, told: Reads) -> Figures:
    """Count what a reader read right when it was told nothing, and when it was told."""
    return Figures(
        kind.name,
        free.reader,
        _rate(zip(free.texts, kind.labels, strict=True)),
        _rate(_folded(free.texts, kind.labels)),
        _rate(_folded(told.texts, kind.labels)),
        _mean(free.confidences),
        _mean(told.confidences),
        float(np.median(free.seconds)) * 1000,
    )


def mean_of(rates: Sequence[Rate]) -> Interval:
    """The mean of rates of several kinds, with its 95 % interval for these kinds."""
    mean = sum(rate.value for rate in rates) / len(rates)
    # Agresti and Coull's variance, which is not 0 where a rate is 0 or 1.
    shares = [(rate.right + 2) / (rate.of + 4) for rate in rates]
    variance = sum(p * (1 - p) / (rate.of + 4) for p, rate in zip(shares, rates, strict=True))
    margin = 1.96 * sqrt(variance) / len(rates)
    return Interval(mean, max(mean - margin, 0), min(mean + margin, 1))


def _folded(texts: Sequence[str], labels: Sequence[str]) -> Iterable[tuple[str, str]]:
    return zip(map(str.casefold, texts), map(str.casefold, labels), strict=True)


def _rate(pairs: Iterable[tuple[str, str]]) -> Rate:
    right = [text == label for text, label in pairs]
    return Rate(sum(right), len(right))


def _mean(confidences: Sequence[float]) -> float | None:
    return float(np.mean(confidences)) if confidences else None
