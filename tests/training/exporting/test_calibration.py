"""The temperature: found where it is known, and folded into the last layer."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capslice.training.exporting.calibration import apply_temperature, fit_temperature
from capslice.training.networks.reader import build_reader
from capslice.training.networks.shape import SMALL, WHOLE, NetworkShape, Sharing
from capslice.training.pictures import EllipseCaptcha


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@settings(max_examples=20)
@given(st.floats(1.2, 4.5), st.integers(0, 2**32))
def test_a_known_temperature_is_found(temperature: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (3000, 6, 6))
    # Labels drawn with the probabilities of the logits; the network exaggerates them.
    chances = softmax(logits).cumsum(-1)
    codes = (rng.random((3000, 6, 1)) > chances).sum(-1).clip(0, 5)
    found = fit_temperature(softmax(logits * temperature).astype(np.float32), codes)
    assert found == pytest.approx(temperature, rel=0.1)


def test_no_temperature_below_1_where_every_answer_is_right() -> None:
    codes = np.zeros((10, 6), np.int64)
    probabilities = np.full((10, 6, 6), 0.02, np.float32)
    probabilities[..., 0] = 0.9
    assert fit_temperature(probabilities, codes) == pytest.approx(1, abs=1e-3)


def test_a_temperature_below_1_after_label_smoothing() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (3000, 6, 6))
    chances = softmax(logits).cumsum(-1)
    codes = (rng.random((3000, 6, 1)) > chances).sum(-1).clip(0, 5)
    underconfident = softmax(logits * 0.6).astype(np.float32)
    assert fit_temperature(underconfident, codes) == pytest.approx(1, abs=1e-3)
    assert fit_temperature(underconfident, codes, smoothed=True) == pytest.approx(0.6, rel=0.1)


def test_wrong_answers_with_full_confidence() -> None:
    probabilities = np.zeros((2, 6, 6), np.float32)
    probabilities[..., 0] = 1
    codes = np.array([[0] * 6, [1] * 6])
    assert np.isfinite(fit_temperature(probabilities, codes))


@pytest.mark.parametrize(
    ("sharing", "shape"), [("shared", SMALL), ("each", NetworkShape(dense=8)), ("whole", WHOLE)]
)
def test_the_temperature_divides_the_logits(
    captcha: EllipseCaptcha, sharing: Sharing, shape: NetworkShape, rng: np.random.Generator
) -> None:
    keras.utils.set_random_seed(1)
    reader = build_reader(captcha.size, captcha.slicings["equal"], 6, shape, sharing)
    pictures = rng.integers(0, 256, (2, 80, 310), np.uint8)
    before = reader.predict(pictures, verbose=0)
    apply_temperature(reader, 3.0)
    after = reader.predict(pictures, verbose=0)
    assert np.allclose(after, softmax(np.log(before) / 3), atol=1e-5)
    assert not np.allclose(after, before, atol=1e-3)
