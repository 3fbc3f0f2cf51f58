"""The loss and the metrics of a column network.

The labels of n captchas are int64 (n, 2, length): the codes of their characters, and the column of
each character's middle; PAD where there is no character, or where its column is not known. Where
a picture shows another text than this, all columns are REJECTED. The probabilities are float32
(n, columns, classes + 1), the last class for nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from capslice.training.pictures import PAD

NOTHING_WEIGHT = 0.35  # of a column that shows nothing; there are five times as many of them
CTC_WEIGHT = 0.2  # the CTC of a text is a sum over about five characters
TINY = 1e-30  # stands for a probability of 0, which has no logarithm
REJECTED = -2  # in place of the columns of a text that a site rejected
# Below so many nats, the loss of a rejected text goes on along its tangent: else its slope would
# have no limit where a network is sure of such a text. This is a probability of 0.9.
STEEPEST = 0.1


def column_labels(
    codes: NDArray[np.int64],
    middles: NDArray[np.float64] | None,
    width: int,
    columns: int,
    rejected: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return the labels, int64 (n, 2, length).

    codes:    int64 (n, length), padded with PAD.
    middles:  float64 (n, length), in pixels of a picture `width` pixels wide; NaN for none.
    columns:  the number of columns of the network.
    rejected: bool (n,), whether the picture shows another text than this.
    """
    at = np.full(codes.shape, PAD, np.int64)
    if middles is not None:
        exact = np.where(np.isfinite(middles), middles, -1.0) * columns / width
        inside = (codes != PAD) & (exact >= 0) & (exact < columns)
        at[inside] = exact[inside].astype(np.int64)
    if rejected is not None:
        at[rejected] = REJECTED
    return np.stack([codes, at], axis=1)


class ColumnLoss(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy of each column first, then CTC with a share of it.

    Of a rejected text, CTC lowers the probability.

    supervision: weight of the columns' cross-entropy beside CTC; before, it is 1.
    ctc_begins:  tells whether CTC has begun, as a TensorFlow boolean.
    """

    def __init__(self, supervision: float, ctc_begins: Callable[[], Any]) -> None:
        super().__init__()
        self.supervision, self.ctc_begins = supervision, ctc_begins

    def call(self, labels: Any, probabilities: Any) -> Any:
        """float32 (n,), for labels and probabilities as this module has them."""
        logits = tf.math.log(tf.maximum(probabilities, TINY))
        begun = tf.cast(self.ctc_begins(), tf.float32)
        ctc = tf.cond(begun > 0, lambda: ctc_loss(labels, logits), lambda: tf.zeros([]))
        supervision = begun * self.supervision + (1 - begun)
        return supervision * _column_loss(labels, logits) + begun * CTC_WEIGHT * ctc


def ctc_loss(labels: Any, logits: Any) -> Any:
    """The mean over the captchas of -log P(text), or -log(1 - P(text)) of rejected ones, in nats.

    float32 ().
    """
    nats = _nats(labels, logits)
    rejected = labels[:, 1, 0] == REJECTED
    return tf.reduce_mean(tf.where(rejected, complementary(nats), nats))


def complementary(nats: Any) -> Any:
    """-log(1 - p) for `nats` = -log p, float32 (n,); near p = 1, its tangent.

    It is the loss of a text that is known to be wrong (negative learning: Kim, Yim, Yun and Kim,
    ICCV 2019).
    """
    near = tf.maximum(STEEPEST - nats, 0.0)
    far = tf.maximum(nats, STEEPEST)
    return near / math.expm1(STEEPEST) - tf.math.log(-tf.math.expm1(-far))


def _nats(labels: Any, logits: Any) -> Any:
    """-log P(text) of each captcha: float32 (n,)."""
    codes = tf.cast(labels[:, 0], tf.int32)
    count, columns = tf.shape(logits)[0], tf.shape(logits)[1]
    return tf.compat.v1.nn.ctc_loss_v2(
        _sparse(codes),
        logits,
        None,
        tf.fill([count], columns),
        logits_time_major=False,
        blank_index=-1,
    )


def _column_loss(labels: Any, logits: Any) -> Any:
    """The mean cross-entropy of a column: its character, or nothing."""
    codes, at = (tf.cast(labels[:, row], tf.int32) for row in range(2))
    count, columns, classes = (tf.shape(logits)[axis] for axis in range(3))
    pairs = tf.where(at >= 0)  # (captcha, character)
    places = tf.stack([tf.cast(pairs[:, 0], tf.int32), tf.gather_nd(at, pairs)], axis=1)
    nothing = tf.fill([count, columns], classes - 1)
    # Where two characters share a column, the order of the updates decides.
    expected = tf.tensor_scatter_nd_update(nothing, places, tf.gather_nd(codes, pairs))
    weights = tf.where(expected == classes - 1, NOTHING_WEIGHT, 1.0)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(expected, logits)
    return tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)


def ctc(labels: Any, probabilities: Any) -> Any:
    """The metric by which the best epoch is chosen: the mean -log P(text), in nats."""
    return ctc_loss(labels, tf.math.log(tf.maximum(probabilities, TINY)))


def accuracy(labels: Any, probabilities: Any) -> Any:
    """The share of each captcha's characters that are right: float32 (n,).

    It is 1 minus the edit distance between label and best path, as a share of the label's length.
    """
    return 1 - tf.minimum(_distance(labels, probabilities), 1)


def captcha_accuracy(labels: Any, probabilities: Any) -> Any:
    """Whether the best path of each captcha is its label: bool (n,)."""
    return _distance(labels, probabilities) == 0


def _distance(labels: Any, probabilities: Any) -> Any:
    best = tf.argmax(probabilities, -1, tf.int32)
    before = tf.pad(best[:, :-1], [[0, 0], [1, 0]], constant_values=PAD)
    nothing = tf.shape(probabilities)[-1] - 1
    read = tf.ragged.boolean_mask(best, (best != before) & (best != nothing))
    texts = tf.RaggedTensor.from_tensor(tf.cast(labels[:, 0], tf.int32), padding=PAD)
    distance = tf.edit_distance(read.to_sparse(), texts.to_sparse(), normalize=True)
    return tf.reshape(distance, [-1])  # whose rank is not known otherwise


def _sparse(codes: Any) -> Any:
    return tf.RaggedTensor.from_tensor(codes, padding=PAD).to_sparse()
