"""The statistics of an audit: rates, times, entropy and tests for randomness.

Rates have Wilson's score interval, because it holds near 0 and 1, where most audits end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from capslice.agent.audit.report.figures import Rate, Times
from capslice.models.intervals import wilson

BINS = 20


def rate(count: int, of: int) -> Rate:
    """A share with its 95 % interval, which is [0, 1] if `of` is 0."""
    if not of:
        return Rate(count=0, of=0, rate=0.0, low=0.0, high=1.0)
    low, high = wilson(count, of)
    return Rate(count=count, of=of, rate=count / of, low=max(0.0, low), high=min(1.0, high))


def times(seconds: Sequence[float]) -> Times | None:
    """Percentiles (interpolated linearly) and a histogram that starts at 0; None without data."""
    if not seconds:
        return None
    counts, edges = np.histogram(seconds, BINS, (0, max(seconds) or 1))
    p5, p25, p50, p75, p95, p99 = np.percentile(seconds, (5, 25, 50, 75, 95, 99)).tolist()
    return Times(
        of=len(seconds),
        p5=p5,
        p25=p25,
        p50=p50,
        p75=p75,
        p95=p95,
        p99=p99,
        max=max(seconds),
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
    )


def entropy_bits(counts: Sequence[int]) -> float:
    """The entropy in bits, estimated from how often each category occurred.

    The entropy of a sample is too low by about (categories - 1) / (2 n) nats: Miller's correction
    (1955) adds that. The result is at most log2 of the number of categories.
    """
    total, categories = sum(counts), sum(count > 0 for count in counts)
    if not total:
        return 0.0
    bits = float(stats.entropy(counts, base=2)) + (categories - 1) / (2 * total * math.log(2))
    return min(bits, math.log2(categories))


def uniform_p(counts: Sequence[int]) -> float | None:
    """The p-value of Pearson's chi-square test for equal frequencies.

    None if the test does not apply: fewer than two categories, or fewer than five expected in each.
    """
    if len(counts) < 2 or sum(counts) < 5 * len(counts):
        return None
    return float(stats.chisquare(counts).pvalue)


def missing_p(draws: int, categories: int) -> float:
    """An upper bound of the probability that at least one category never occurs.

    All categories are equally likely; the bound is Bonferroni's.
    """
    return min(1.0, categories * float(stats.binom.pmf(0, draws, 1 / categories)))


def expected_distinct(draws: int, possible: int) -> float:
    """The expected number of distinct values, if all `possible` ones are equally likely."""
    return -possible * math.expm1(draws * math.log1p(-1 / possible)) if possible > 1 else 1.0


def distinct_p(draws: int, distinct: int, possible: int) -> float:
    """The probability of at most `distinct` values, if all `possible` ones are equally likely.

    The number of equal pairs is nearly Poisson distributed if `possible` is large
    (the birthday problem; Feller, volume 1, II.3).
    """
    repeated = draws - distinct
    pairs = draws * (draws - 1) / 2
    return float(stats.poisson.sf(repeated - 1, pairs / possible)) if repeated else 1.0
