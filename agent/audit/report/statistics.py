"""The statistics of an audit, each a library's; what is said here is which one, and why.

Rates have Wilson's score interval (models/intervals.py): it holds near 0 and 1, where audits end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from capslice.agent.audit.report.report import Rate, Times
from capslice.models.intervals import wilson

BINS = 20


def rate(count: int, of: int) -> Rate:
    """A share with its interval; of none at all, anything may be true."""
    if not of:
        return Rate(count=0, of=0, rate=0.0, low=0.0, high=1.0)
    low, high = wilson(count, of)
    return Rate(count=count, of=of, rate=count / of, low=max(0.0, low), high=min(1.0, high))


def times(seconds: Sequence[float]) -> Times | None:
    """Percentiles (numpy's, interpolated linearly) and a histogram from 0; None of none."""
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
        most=max(seconds),
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
    )


def entropy_bits(counts: Sequence[int]) -> float:
    """The entropy of what was counted, in bits, at most that of as many kinds alike.

    A sample's own is too low by (kinds - 1) / (2 n) nats: Miller's correction (1955).
    """
    total, kinds = sum(counts), sum(count > 0 for count in counts)
    if not total:
        return 0.0
    bits = float(stats.entropy(counts, base=2)) + (kinds - 1) / (2 * total * math.log(2))
    return min(bits, math.log2(kinds))


def uniform_by_chance(counts: Sequence[int]) -> float | None:
    """The p of Pearson's chi-square test that all kinds are as frequent.

    None where it does not hold: of one kind, or where fewer than five are expected of each.
    """
    if len(counts) < 2 or sum(counts) < 5 * len(counts):
        return None
    return float(stats.chisquare(counts).pvalue)


def missing_by_chance(characters: int, kinds: int) -> float:
    """At most the probability that one of so many kinds, all as probable, never comes."""
    return min(1.0, kinds * float(stats.binom.pmf(0, characters, 1 / kinds)))


def distinct_expected(drawn: int, possible: int) -> float:
    """How many different ones are expected, if all that are possible are as probable."""
    return -possible * math.expm1(drawn * math.log1p(-1 / possible)) if possible > 1 else 1.0


def as_few_distinct(drawn: int, distinct: int, possible: int) -> float:
    """The probability of so few different ones or fewer, if all are as probable.

    By the number of pairs that are alike, which is nearly Poisson's for many possible ones
    (the birthday problem; Feller, volume 1, II.3).
    """
    alike = drawn - distinct
    return float(stats.poisson.sf(alike - 1, drawn * (drawn - 1) / 2 / possible)) if alike else 1.0
