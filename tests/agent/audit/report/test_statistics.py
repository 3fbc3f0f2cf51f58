"""The statistics of an audit, compared with published values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capslice.agent.audit.report.statistics import (
    distinct_p,
    entropy_bits,
    expected_distinct,
    missing_p,
    rate,
    times,
    uniform_p,
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
def test_wilson_interval(count: int, of: int, low: float, high: float) -> None:
    found = rate(count, of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert (found.count, found.of, found.rate) == (count, of, count / of)


def test_interval_of_zero_trials_is_everything() -> None:
    assert (rate(0, 0).low, rate(0, 0).high) == (0, 1)


def test_chi_square() -> None:
    # The example in the documentation of scipy.stats.chisquare.
    assert uniform_p([16, 18, 16, 14, 12, 12]) == pytest.approx(0.849145, abs=1e-6)
    assert uniform_p([4, 4, 4]) is None  # fewer than five of each
    assert uniform_p([100]) is None


def test_birthday_problem() -> None:
    # Two of 23 people share a birthday with probability 0.507 (Feller, volume 1, II.3).
    assert distinct_p(23, 22, 365) == pytest.approx(0.507, abs=0.01)
    assert distinct_p(23, 23, 365) == 1
    assert expected_distinct(23, 365) == pytest.approx(365 * (1 - (364 / 365) ** 23))
    assert expected_distinct(5, 1) == 1


def test_missing_face_of_a_die() -> None:
    # All faces occur in 10 throws with probability 0.2718 (coupon collector's problem).
    assert 1 - 0.2718 <= missing_p(10, 6) <= 1
    # For rare events, the bound is close to the exact value.
    exact = sum((-1) ** (k + 1) * math.comb(6, k) * (1 - k / 6) ** 100 for k in range(1, 6))
    assert missing_p(100, 6) == pytest.approx(exact, rel=1e-3)


def test_entropy() -> None:
    assert entropy_bits([10, 10, 10, 10]) == 2
    assert entropy_bits([7]) == entropy_bits([]) == 0
    # The correction removes the bias of small samples.
    rng = np.random.default_rng(1)
    true = np.array([0.4, 0.3, 0.2, 0.1])
    samples = rng.multinomial(40, true, 4000)
    mean = np.mean([entropy_bits(sample.tolist()) for sample in samples])
    assert mean == pytest.approx(-(true * np.log2(true)).sum(), abs=0.01)


def test_percentiles() -> None:
    found = times([float(second) for second in range(101)])
    assert found is not None
    assert (found.of, found.p5, found.p50, found.p99, found.max) == (101, 5, 50, 99, 100)
    assert sum(found.counts) == 101
    assert times([]) is None
