"""A model knows whether it is made for the captcha: by size, and by its confidence."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from capslice.agent.reading.suitability import (
    FALSE_ALARMS,
    chance_of_mean,
    doubts,
    own_confidence,
)
from capslice.models.card import Card
from tests.agent.reading.test_reader import SHIPPED_READER

CARD = SHIPPED_READER.card
OWN_SIZE = {f"{CARD.width}x{CARD.height}"}


def card(confidence: float | None, pictures: int = 100_000) -> Card:
    accuracy = msgspec.structs.replace(
        CARD.accuracy, confidence=confidence, pictures=pictures, captchas_right=pictures // 2
    )
    return msgspec.structs.replace(CARD, accuracy=accuracy)


@pytest.mark.parametrize("mean", [0.05, 0.3, 0.6, 0.9, 0.97])
@pytest.mark.parametrize("spread", [0.5, 4])
def test_false_alarms_are_rare(mean: float, spread: float) -> None:
    """Captchas of the model's own kind raise an alarm in fewer than one of 1,000 checks."""
    rng = np.random.default_rng(7)
    own = card(float(mean))
    drawn = rng.beta(mean * spread, (1 - mean) * spread, (5000, 5))
    alarms = sum(bool(doubts(own, OWN_SIZE, each.tolist())) for each in drawn)
    assert alarms <= 10  # five are expected at most; more than ten have a chance of 1.4 %


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0, 1))
def test_chance_is_a_bound_of_the_binomial(successes: list[float], expected: float) -> None:
    count = len(successes)
    right = round(sum(successes))
    bound = chance_of_mean(right / count, expected, count)
    assert 0 <= bound <= 1
    if right / count <= expected:
        assert binom.cdf(right, count, expected) <= bound + 1e-9


def test_five_unsure_readings_are_enough() -> None:
    (reason,) = doubts(CARD, OWN_SIZE, [0.0177] * 5)
    assert reason.startswith("the mean confidence in 5 pictures is 0.018, and at least 0.99")
    assert doubts(CARD, OWN_SIZE, [0.0177]) == []
    assert doubts(CARD, OWN_SIZE, [0.99, 0.999, 0.4, 0.998, 0.999]) == []
    assert doubts(card(0.04), OWN_SIZE, [0.0177] * 5) == []


def test_recorded_confidence_wins_and_allows_for_chance() -> None:
    assert own_confidence(card(None)) == pytest.approx(0.5, abs=0.01)
    assert own_confidence(card(0.9)) == pytest.approx(0.9, abs=0.01)
    allowance = (np.log(1 / FALSE_ALARMS) / 400) ** 0.5
    assert own_confidence(card(0.9, pictures=200)) == pytest.approx(0.9 - allowance)
    assert own_confidence(card(0.1, pictures=10)) == 0


def test_another_size() -> None:
    (reason,) = doubts(CARD, ["150x40", "310x80", "1x1", "2x2", "3x3"], [0.999])
    assert reason.startswith("the pictures have other sizes (150x40, 1x1, 2x2 and 1 more) than the")
    any_size = msgspec.structs.replace(CARD, sizes="padded")
    assert doubts(any_size, ["150x40"], [0.999]) == []
