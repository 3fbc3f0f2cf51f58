"""Estimates how many pictures would bring a wanted accuracy.

Errors fall as a power of the number of training pictures (Hestness et al., "Deep learning scaling
is predictable, empirically", 2017): as a straight line on logarithmic axes. The line is fitted to
the errors of fits to parts of the pictures, and extrapolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.models.intervals import Rate

if TYPE_CHECKING:
    from capslice.json_output import NeededJson

RESAMPLES = 2000  # of the errors, for the interval
MAX_PICTURES = 1e9  # beyond that, the answer is that the curve cannot tell


class Point(NamedTuple):
    """The number of training pictures, and how many test captchas were read right."""

    pictures: int
    right: Rate


class PicturesNeeded(NamedTuple):
    """The number of pictures that would bring an accuracy, with a 95 % interval.

    A number is infinite where the curve hardly rises. The accuracy is in (0, 1).
    """

    accuracy: float
    pictures: float
    low: float
    high: float

    def as_json(self) -> NeededJson:
        """The numbers, with null for infinity, which JSON does not have."""
        pictures, low, high = (each if np.isfinite(each) else None for each in self[1:])
        return {"accuracy": self.accuracy, "pictures": pictures, "low": low, "high": high}

    def __str__(self) -> str:
        if not np.isfinite(self.pictures):
            return "cannot be told, because the curve hardly rises"
        high = f"{self.high:,.0f}" if np.isfinite(self.high) else "any number"
        return f"about {self.pictures:,.0f} pictures ({self.low:,.0f} to {high})"


def pictures_needed(points: Sequence[Point], accuracy: float, seed: int = 1) -> PicturesNeeded:
    """How many pictures would bring an accuracy in (0, 1), by two points or more.

    The interval is a parametric bootstrap: it draws each number of errors again from its binomial
    distribution. It does not account for how well a straight line fits.
    """
    pictures = np.array([point.pictures for point in points], float)
    of = np.array([point.right.of for point in points])
    errors = np.array([point.right.errors for point in points])
    rng = np.random.default_rng(seed)
    # Half an error more, because zero errors have no logarithm and no spread.
    rate = (errors + 0.5) / (of + 1)
    resampled = rng.binomial(of, rate, size=(RESAMPLES, len(of)))
    needed = _needed(pictures, np.vstack([rate, (resampled + 0.5) / (of + 1)]), 1 - accuracy)
    low, high = np.quantile(needed[1:], (0.025, 0.975), method="nearest")
    return PicturesNeeded(accuracy, float(needed[0]), float(low), float(high))


def _needed(
    pictures: NDArray[np.float64], rates: NDArray[np.float64], target: float
) -> NDArray[np.float64]:
    """float64 (n,): where the line of each row of error rates (n, points) reaches the target."""
    x = np.log(pictures)
    slope, intercept = np.polyfit(x, np.log(rates).T, 1)
    with np.errstate(divide="ignore", over="ignore"):
        needed = np.exp((np.log(target) - intercept) / slope)
    reached = intercept + slope * x[-1] <= np.log(target)
    # A line that does not fall never gets there, unless it is low enough already.
    needed = np.where((slope >= 0) & ~reached, np.inf, needed)
    needed = np.where(needed > MAX_PICTURES, np.inf, needed)
    return np.where((slope >= 0) & reached, pictures[-1], needed)
