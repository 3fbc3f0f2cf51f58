"""Keras is imported by many of these tests, and TensorFlow is to be prepared before that."""

from __future__ import annotations

from capslice.training.tensorflow import prepare_tensorflow

prepare_tensorflow()
