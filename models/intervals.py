"""How sure one can be of a rate that was measured."""

from __future__ import annotations

from scipy.stats import binomtest


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a rate by Wilson's score (1927), computed by scipy."""
    interval = binomtest(right, of).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
