"""Batch normalisation (Ioffe and Szegedy, 2015) with TensorFlow's fused kernel.

Keras' own layer runs a dozen operations, and each one walks over all pixels: behind a first
convolution it takes as long as the convolution itself. The fused kernel walks over them once. It
makes a fit of the whole-picture network nearly twice as fast.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class Normalisation(keras.layers.BatchNormalization):  # type: ignore[misc]
    """For float32 (n, height, width, channels). Weights and results are those of Keras' layer."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise by the batch's mean and variance in training, else by their moving averages."""
        if not training:
            return super().call(inputs, training=False, mask=mask)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma.value,
            offset=self.beta.value,
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        for average, of_batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(average * self.momentum + of_batch * (1 - self.momentum))
        return outputs
