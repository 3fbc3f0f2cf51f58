"""Reliability of confidence: how often readings with about the same confidence are right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capslice.models.intervals import Rate

BINS = 15


class Bin(NamedTuple):
    """Readings with about the same confidence: the mean, in [0, 1], and the rate of right ones."""

    confidence: float
    right: Rate


@dataclass
class Reliability:
    """Counts readings in fifteen equal bins of confidence.

    counts: float64 (15, 3), for each bin the number of readings, the sum of their confidences
            and the number of right ones.
    """

    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros((BINS, 3)))

    def count(self, confidences: ArrayLike, right: ArrayLike) -> None:
        """Add readings: confidences (n,) in [0, 1], and whether each reading was right (n,)."""
        confidences, right = np.asarray(confidences, float), np.asarray(right, float)
        bins = np.minimum((confidences * BINS).astype(int), BINS - 1)
        ones = np.ones_like(confidences)
        np.add.at(self.counts, bins, np.stack([ones, confidences, right], -1))

    @property
    def bins(self) -> list[Bin]:
        """The bins that have readings, sorted by confidence."""
        return [
            Bin(confidences / n, Rate(int(right), int(n)))
            for n, confidences, right in self.counts.tolist()
            if n
        ]

    @property
    def calibration_error(self) -> float:
        """The expected calibration error, in [0, 1]; there must be a reading.

        It is the mean difference of confidence and accuracy over the bins, weighted by their
        readings: Guo, Pleiss, Sun and Weinberger, ICML 2017.
        """
        readings, confidences, right = self.counts.T
        return float(np.abs(confidences - right).sum() / readings.sum())
