"""The statistics of an audit, against values that others have published."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capslice.agent.audit.report.statistics import (
    as_few_distinct,
    distinct_expected,
    entropy_bits,
    missing_by_chance,
    rate,
    times,
    uniform_by_chance,
)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
    # Medicine 17 (1998), table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_of_a_rate(count: int, of: int, low: float, high: float) -> None:
    found = rate(count, of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert (found.count, found.of, found.rate) == (count, of, count / of)


def test_of_none_at_all_anything_may_be_true() -> None:
    assert (rate(0, 0).low, rate(0, 0).high) == (0, 1)


def test_a_chi_square_test() -> None:
    # The example in the documentation of scipy.stats.chisquare.
    assert uniform_by_chance([16, 18, 16, 14, 12, 12]) == pytest.approx(0.849145, abs=1e-6)
    assert uniform_by_chance([4, 4, 4]) is None  # fewer than five of each
    assert uniform_by_chance([100]) is None


def test_birthdays() -> None:
    # Of 23 people, two have the same with 0.507 (Feller, volume 1, II.3).
    assert as_few_distinct(23, 22, 365) == pytest.approx(0.507, abs=0.01)
    assert as_few_distinct(23, 23, 365) == 1
    assert distinct_expected(23, 365) == pytest.approx(365 * (1 - (364 / 365) ** 23))
    assert distinct_expected(5, 1) == 1


def test_a_face_of_a_die_that_never_comes() -> None:
    # In 10 throws, by inclusion and exclusion, all come with 0.2718 (the coupon collector's).
    assert 1 - 0.2718 <= missing_by_chance(10, 6) <= 1
    # Where it is rare, the sum over the faces is as good as that.
    exact = sum((-1) ** (k + 1) * math.comb(6, k) * (1 - k / 6) ** 100 for k in range(1, 6))
    assert missing_by_chance(100, 6) == pytest.approx(exact, rel=1e-3)


def test_entropy() -> None:
    assert entropy_bits([10, 10, 10, 10]) == 2
    assert entropy_bits([7]) == entropy_bits([]) == 0
    # The correction takes away what a small sample is short of, in the mean.
    rng = np.random.default_rng(1)
    true = np.array([0.4, 0.3, 0.2, 0.1])
    samples = rng.multinomial(40, true, 4000)
    mean = np.mean([entropy_bits(sample.tolist()) for sample in samples])
    assert mean == pytest.approx(-(true * np.log2(true)).sum(), abs=0.01)


def test_percentiles() -> None:
    found = times([float(second) for second in range(101)])
    assert found is not None
    assert (found.of, found.p5, found.p50, found.p99, found.most) == (101, 5, 50, 99, 100)
    assert sum(found.counts) == 101
    assert times([]) is None
