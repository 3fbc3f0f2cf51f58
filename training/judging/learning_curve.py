"""How the errors fall with the pictures that there are to learn from, and how many would do.

They fall as a power of the number of pictures (Hestness et al., "Deep learning scaling is
predictable, empirically", 2017): a straight line where both are logarithms. It is laid through
what fits to parts of the pictures got wrong, and followed beyond.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.models.intervals import Rate

DRAWN = 2000  # times that the counts are drawn again, to see how far the line is to be trusted
MOST = 1e9  # pictures: beyond that, none would do


class Point(NamedTuple):
    """What a fit to so many pictures read right of others."""

    pictures: int
    right: Rate


class Needed(NamedTuple):
    """How many pictures would do, and between which bounds that is in 95 of 100 draws."""

    pictures: float
    low: float
    high: float

    def __str__(self) -> str:
        if not np.isfinite(self.pictures):
            return "more pictures would not do it"
        high = f"{self.high:,.0f}" if np.isfinite(self.high) else "any number"
        return f"about {self.pictures:,.0f} pictures ({self.low:,.0f} to {high})"


def needed(points: Sequence[Point], accuracy: float, seed: int = 1) -> Needed:
    """How many pictures would bring an accuracy in (0, 1), by points of two numbers or more.

    The bounds are those of drawing each count of errors again from its own binomial
    distribution: what the line itself leaves out is not in them.
    """
    pictures = np.array([point.pictures for point in points], float)
    of = np.array([point.right.of for point in points])
    wrong = np.array([point.right.errors for point in points])
    rng = np.random.default_rng(seed)
    # Half an error more, as no error at all has no logarithm, nor a spread.
    rate = (wrong + 0.5) / (of + 1)
    again = rng.binomial(of, rate, size=(DRAWN, len(of)))
    would_do = _would_do(pictures, np.vstack([rate, (again + 0.5) / (of + 1)]), 1 - accuracy)
    low, high = np.quantile(would_do[1:], (0.025, 0.975), method="nearest")
    return Needed(float(would_do[0]), float(low), float(high))


def _would_do(
    pictures: NDArray[np.float64], rates: NDArray[np.float64], wanted: float
) -> NDArray[np.float64]:
    """float64 (n,): where the line of each of `rates` (n, points) is at the `wanted` one."""
    x = np.log(pictures)
    slope, level = np.polyfit(x, np.log(rates).T, 1)
    with np.errstate(divide="ignore", over="ignore"):
        found = np.exp((np.log(wanted) - level) / slope)
    enough = level + slope * x[-1] <= np.log(wanted)
    # Errors that do not fall never get there, unless they are few enough already.
    found = np.where((slope >= 0) & ~enough, np.inf, found)
    return np.where((slope >= 0) & enough, pictures[-1], np.where(found > MOST, np.inf, found))
