"""Builds a reader: one Keras model from the pictures to the probabilities of each character.

The model does everything in between, so that a fit and an export use the very same computation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import keras

from capslice.training.networks.columns import column_reader
from capslice.training.networks.shape import SMALL, NetworkShape, Sharing
from capslice.training.networks.slices import slice_reader
from capslice.training.networks.whole import Attention, whole_reader
from capslice.training.pictures import Slices


def build_reader(
    size: tuple[int, int],
    slices: Slices,
    classes: int,
    shape: NetworkShape = SMALL,
    sharing: Sharing = "shared",
) -> keras.Model:
    """From uint8 (n, height, width) to float32 probabilities (n, len(slices), classes).

    `size` is (width, height) in pixels. `shared` uses one slice network for all slices, `each` one
    for each slice, and `whole` one network for the whole picture: there the slices only say where
    the attention looks at first. `columns` has no use for slices, and gives probabilities
    (n, columns, classes + 1), the last class for nothing.

    Raises NetworkError where the network cannot be built for this size, these slices or this shape.
    """
    if sharing == "columns":
        return column_reader(size, classes, shape)
    if sharing == "whole":
        return whole_reader(size, slices, classes, shape)
    return slice_reader(size, slices, classes, shape, shared=sharing == "shared")


def last_layers(model: keras.Model) -> Iterator[keras.layers.Dense]:
    """The layers that give the probabilities: one, or one for each slice."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from last_layers(layer)
        elif getattr(layer, "activation", None) is keras.activations.softmax:
            yield layer


def multiply_adds(reader: keras.Model) -> int:
    """The number of multiply-adds in a reader's convolutions and dense layers, for one captcha.

    As usual, the figure leaves out normalisation, activations and pooling.
    """
    networks = [layer for layer in reader.layers if isinstance(layer, keras.Sequential)]
    # Each slice network runs once for each of its slices; a whole-picture network runs once.
    times = reader.output_shape[1] // len(networks) if networks else 1
    total = 0
    for layer in (layer for network in networks or [reader] for layer in network.layers):
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            positions = math.prod(layer.output.shape[1:-1])
            if not networks and isinstance(layer, keras.layers.Dense):
                positions = reader.output_shape[1]  # its rows are the characters or the columns
            total += positions * math.prod(layer.kernel.shape)
        elif isinstance(layer, Attention):
            # The scores of the columns, and then their weighted mean.
            columns, characters = layer.position_scores.shape
            features = layer.output[0].shape[-1]
            total += columns * characters * (layer.queries.shape[0] + features)
    return total * int(times)
