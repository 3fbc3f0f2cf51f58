"""Whether confidence bears out: how often readings of about the same confidence are right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capslice.models.intervals import Rate

BINS = 15


class Bin(NamedTuple):
    """Readings of about the same confidence: its mean, in [0, 1], and how many were right."""

    confidence: float
    right: Rate


@dataclass
class Reliability:
    """Readings counted in fifteen equal bins of confidence, as many as come.

    counts: float64 (15, 3): readings, the sum of their confidences, how many were right.
    """

    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros((BINS, 3)))

    def count(self, confidences: ArrayLike, right: ArrayLike) -> None:
        """Take in readings: confidences (n,) in [0, 1], and for each whether it was right."""
        confidences, right = np.asarray(confidences, float), np.asarray(right, float)
        places = np.minimum((confidences * BINS).astype(int), BINS - 1)
        ones = np.ones_like(confidences)
        np.add.at(self.counts, places, np.stack([ones, confidences, right], -1))

    @property
    def bins(self) -> list[Bin]:
        """Those that have readings, the least sure first."""
        return [
            Bin(confidences / n, Rate(int(right), int(n)))
            for n, confidences, right in self.counts.tolist()
            if n
        ]

    @property
    def calibration_error(self) -> float:
        """The expected calibration error, in [0, 1], of one reading or more.

        The mean distance of confidence and accuracy over the bins, weighted by readings:
        Guo, Pleiss, Sun and Weinberger, ICML 2017.
        """
        readings, confidences, right = self.counts.T
        return float(np.abs(confidences - right).sum() / readings.sum())
