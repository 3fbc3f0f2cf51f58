"""Rates with their 95 % intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scipy.stats import binomtest


@dataclass(frozen=True)
class Rate:
    """A count of successes: `right` of `of`."""

    right: int
    of: int

    @property
    def value(self) -> float:
        """The rate, in [0, 1]."""
        return self.right / self.of

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval (low, high), in [0, 1]."""
        return wilson(self.right, self.of)

    @property
    def errors(self) -> int:
        """The number of failures."""
        return self.of - self.right

    def __str__(self) -> str:
        low, high = self.interval
        # Enough digits to tell the value from the ends of its interval.
        digits = 5 if low > 0.9985 else 4
        return f"{self.value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def wilson(right: int, of: int) -> tuple[float, float]:
    """Return the 95 % score interval (low, high) of Wilson (1927), in [0, 1]."""
    interval = binomtest(right, of).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
