"""The loss of texts that a site rejected."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from capslice.training.networks.column_loss import (
    REJECTED,
    STEEPEST,
    ColumnLoss,
    column_labels,
    complementary,
    ctc_loss,
)
from capslice.training.pictures import codes_of

CHARSET = "ab"
COLUMNS = 4
Logits = NDArray[np.float32]

logits = st.lists(
    st.lists(st.floats(-8, 8, width=32), min_size=3, max_size=3),
    min_size=COLUMNS,
    max_size=COLUMNS,
).map(lambda rows: np.array(rows, np.float32))


def labels_of(text: str, *, rejected: bool) -> NDArray[np.int64]:
    codes = codes_of([text], CHARSET, 3)
    return column_labels(codes, None, 1, 1, np.array([rejected]))


def probability(values: Logits, text: str) -> float:
    """P(text), summed over all paths through the columns."""
    columns = np.exp(values - np.logaddexp.reduce(values, axis=-1, keepdims=True))
    total = 0.0
    for path in itertools.product(range(3), repeat=COLUMNS):
        read = "".join(f"{CHARSET}."[code] for code, _ in itertools.groupby(path))
        if read.replace(".", "") == text:
            total += float(np.prod(columns[range(COLUMNS), path]))
    return total


@given(values=logits, text=st.sampled_from(["a", "ab", "aa", "bab"]))
def test_the_loss_is_that_of_every_other_text(values: Logits, text: str) -> None:
    loss = float(ctc_loss(labels_of(text, rejected=True), values[np.newaxis]))
    others = 1 - probability(values, text)
    assert np.isfinite(loss)
    if others > -np.expm1(-STEEPEST) + 1e-4:
        assert loss == pytest.approx(-np.log(others), rel=1e-3, abs=1e-5)
    else:  # the tangent lies below the curve
        assert -np.log(-np.expm1(-STEEPEST)) - 1e-3 <= loss <= -np.log(max(others, 1e-12)) + 1e-3


@given(values=logits, text=st.sampled_from(["a", "ab", "aa", "bab"]))
def test_its_gradient_makes_the_text_less_probable(values: Logits, text: str) -> None:
    before = probability(values, text)
    variable = tf.Variable(values[np.newaxis])
    with tf.GradientTape() as tape:
        loss = ctc_loss(labels_of(text, rejected=True), variable)
    gradient = np.asarray(tape.gradient(loss, variable))[0]
    assert np.isfinite(gradient).all()
    assert probability(values - 0.01 * gradient, text) <= before + 1e-6
    if before > 1e-3:
        assert np.abs(gradient).max() > 0


@given(st.floats(0, 1e30))
def test_it_is_finite_and_never_negative(nats: float) -> None:
    value = tf.Variable([nats], dtype=tf.float32)
    with tf.GradientTape() as tape:
        loss = complementary(value)
    slope = float(tape.gradient(loss, value)[0])
    assert 0 <= float(loss[0]) < 4
    assert -1 / np.expm1(STEEPEST) - 1e-3 <= slope <= 0


def test_a_batch_has_labels_and_rejected_texts() -> None:
    values = np.random.default_rng(1).normal(size=(2, COLUMNS, 3)).astype(np.float32)
    codes = codes_of(["ab", "b"], CHARSET, 3)
    labels = column_labels(codes, np.full((2, 3), 0.5), 4, 4, np.array([False, True]))
    assert (labels[1, 1] == REJECTED).all()
    assert (labels[0, 1] == [0, 0, -1]).all()
    alone = [float(ctc_loss(labels[i : i + 1], values[i : i + 1])) for i in range(2)]
    assert float(ctc_loss(labels, values)) == pytest.approx(np.mean(alone), rel=1e-5)
    probabilities = tf.nn.softmax(values)
    loss = ColumnLoss(0.0, lambda: tf.constant(True))(labels, probabilities)
    assert float(loss) == pytest.approx(0.2 * np.mean(alone), rel=1e-4)
