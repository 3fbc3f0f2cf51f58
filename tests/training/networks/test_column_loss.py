"""The loss of column networks: labels, both of its parts, and the metrics."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from capslice.models.decoding import Decoder
from capslice.training.networks.column_loss import (
    CTC_WEIGHT,
    NOTHING_WEIGHT,
    ColumnLoss,
    accuracy,
    captcha_accuracy,
    column_labels,
    ctc,
)
from capslice.training.pictures import PAD, codes_of

CHARSET = "abc"
TEXTS = ["aa", "abca", "c", "cbb"]
CODES = codes_of(TEXTS, CHARSET, 4)


def random_probabilities(columns: int = 12) -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    return rng.dirichlet(np.ones(len(CHARSET) + 1), (len(TEXTS), columns)).astype(np.float32)


def probabilities_of(paths: list[str]) -> NDArray[np.float32]:
    """Near-certain columns, where a dot says nothing."""
    codes = np.array([[(*CHARSET, ".").index(each) for each in path] for path in paths])
    probabilities = np.full((*codes.shape, len(CHARSET) + 1), 0.01, np.float32)
    np.put_along_axis(probabilities, codes[..., np.newaxis], 0.97, -1)
    return probabilities


def test_labels_hold_codes_and_columns() -> None:
    middles = np.array([[5.0, 15.0], [39.9, np.nan], [-1.0, 40.0]])
    codes = np.array([[0, 1], [2, PAD], [1, 1]])
    labels = column_labels(codes, middles, width=40, columns=8)
    np.testing.assert_array_equal(labels[:, 0], codes)
    np.testing.assert_array_equal(labels[:, 1], [[1, 3], [7, PAD], [PAD, PAD]])
    np.testing.assert_array_equal(column_labels(codes, None, 40, 8)[:, 1], PAD)


def test_ctc_is_the_probability_of_the_text() -> None:
    probabilities = random_probabilities()
    decoder = Decoder(CHARSET, 1, 12, ctc=True)
    # The decoder's probability is conditional on at least one character.
    nothing = probabilities[..., -1].prod(-1)
    expected = [
        -np.log(decoder.probability(each, text) * (1 - none))
        for each, text, none in zip(probabilities, TEXTS, nothing, strict=True)
    ]
    got = float(ctc(column_labels(CODES, None, 1, 1), probabilities))
    assert got == pytest.approx(np.mean(expected), rel=1e-4)


def test_columns_alone_until_ctc_begins() -> None:
    probabilities = random_probabilities()
    middles = np.where(CODES == PAD, np.nan, 2.5 + 10 * np.arange(4))
    labels = column_labels(CODES, middles, width=60, columns=12)
    expected = np.full((4, 12), 3)
    for row, (codes, columns) in enumerate(labels):
        expected[row, columns[codes != PAD]] = codes[codes != PAD]
    weights = np.where(expected == 3, NOTHING_WEIGHT, 1)
    of_columns = -np.log(np.take_along_axis(probabilities, expected[..., np.newaxis], -1)[..., 0])
    of_columns = (of_columns * weights).sum() / weights.sum()
    begun = tf.Variable(False)
    loss = ColumnLoss(0.5, lambda: begun)
    assert float(loss(labels, probabilities)) == pytest.approx(of_columns, rel=1e-4)
    begun.assign(True)
    both = 0.5 * of_columns + CTC_WEIGHT * float(ctc(labels, probabilities))
    assert float(loss(labels, probabilities)) == pytest.approx(both, rel=1e-4)


def test_the_metrics_decode_the_best_path() -> None:
    labels = column_labels(CODES, None, 1, 1)
    paths = ["..aa.a......", "abca........", "...........c", ".cb.bb......"]
    np.testing.assert_array_equal(captcha_accuracy(labels, probabilities_of(paths)), True)
    np.testing.assert_allclose(accuracy(labels, probabilities_of(paths)), 1)
    # Equal characters need nothing between them; a whole text may be missing, or be too long.
    paths = ["..aaaa......", "abb.a.......", "............", "abcabcabcabc"]
    np.testing.assert_array_equal(captcha_accuracy(labels, probabilities_of(paths)), False)
    np.testing.assert_allclose(accuracy(labels, probabilities_of(paths)), [1 / 2, 3 / 4, 0, 0])
