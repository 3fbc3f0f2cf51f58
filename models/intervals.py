"""How sure one can be of a rate that was measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scipy.stats import binomtest


@dataclass(frozen=True)
class Rate:
    """So many right of so many."""

    right: int
    of: int

    @property
    def value(self) -> float:
        """In [0, 1]."""
        return self.right / self.of

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Wilson's, of 95 %."""
        return wilson(self.right, self.of)

    @property
    def errors(self) -> int:
        """How many were wrong."""
        return self.of - self.right

    def __str__(self) -> str:
        low, high = self.interval
        # As many digits as tell the value from its interval's ends.
        digits = 5 if low > 0.9985 else 4
        return f"{self.value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a rate by Wilson's score (1927), computed by scipy."""
    interval = binomtest(right, of).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
