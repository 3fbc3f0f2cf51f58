"""The slice network of the article, and the reader that puts slice networks together.

The article took its network from a textbook: blocks of 3x3 convolution and 2x2 pooling, then a
dense layer, then one output for each character. It reads one slice of the picture, with one digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from capslice.errors import NetworkError
from capslice.training.networks.normalisation import Normalisation
from capslice.training.networks.shape import SEED, NetworkShape
from capslice.training.pictures import Slices


def slice_network(
    height: int, width: int, classes: int, shape: NetworkShape = SEED
) -> keras.Sequential:
    """From float32 (n, height, width, 1) in [0, 1] to float32 probabilities (n, classes).

    Raises NetworkError where `shape` has more blocks than filters, or where the slice is too small
    for its blocks. The article's fourth slice is: it has 45 columns, and four blocks need 46.
    """
    filters_of_blocks = shape.filters_of_blocks
    if not is_large_enough(height, width, shape):
        raise NetworkError(
            f"a slice of {width}x{height} pixels is too small for {shape.blocks} blocks: "
            "use other `--slices`, fewer `--blocks`, or `--networks whole`"
        )
    network = keras.Sequential([keras.Input((height, width, 1))])
    for filters, (stride, pooling) in zip(filters_of_blocks, _strides(shape), strict=True):
        network.add(keras.layers.Conv2D(filters, 3, strides=stride, use_bias=not shape.batch_norm))
        if shape.batch_norm:
            # Keras' default of 0.99 averages over more steps than the first epochs have.
            network.add(Normalisation(momentum=0.9))
        network.add(keras.layers.ReLU())
        if pooling > 1:
            network.add(keras.layers.MaxPooling2D(pooling))
    network.add(keras.layers.Flatten())
    network.add(keras.layers.Dense(shape.dense, activation="relu"))
    if shape.dropout:
        network.add(keras.layers.Dropout(shape.dropout))
    network.add(keras.layers.Dense(classes, activation="softmax", dtype="float32"))
    return network


def slice_reader(
    size: tuple[int, int], slices: Slices, classes: int, shape: NetworkShape, *, shared: bool
) -> keras.Model:
    """From uint8 (n, height, width) to float32 probabilities (n, len(slices), classes).

    All slices go through one `shared` network, or each through a network of its own.

    Raises NetworkError as `slice_network` does, or where slices for one network differ in width.
    """
    width, height = size
    widths = [right - left for left, right in slices]
    image = keras.Input((height, width), dtype="uint8", name="image")
    grey = keras.layers.Rescaling(1 / 255)(image)
    grey = keras.layers.Reshape((height, width, 1))(grey)
    parts: list[Any] = [
        keras.layers.Cropping2D(((0, 0), (left, width - right)))(grey) for left, right in slices
    ]
    if not shared:
        networks = [slice_network(height, w, classes, shape) for w in widths]
        outputs = [network(part) for network, part in zip(networks, parts, strict=True)]
        return keras.Model(image, keras.ops.stack(outputs, axis=1))
    if len(set(widths)) > 1:
        raise NetworkError(
            f"one network cannot serve slices of {', '.join(map(str, widths))} columns: "
            "use `--slices equal`, or `--networks each`"
        )
    # All slices of all pictures make one batch, so that there is one call in place of six.
    network = slice_network(height, widths[0], classes, shape)
    batch = keras.ops.reshape(keras.ops.stack(parts, axis=1), (-1, height, widths[0], 1))
    return keras.Model(image, keras.ops.reshape(network(batch), (-1, len(slices), classes)))


def is_large_enough(height: int, width: int, shape: NetworkShape) -> bool:
    """Whether a slice of this size has at least one pixel left behind all blocks."""
    left = min(height, width)
    for stride, pooling in _strides(shape):
        # A 3x3 convolution without padding loses a pixel on each side.
        left = ((left - 3) // stride + 1) // pooling
    return left >= 1


def _strides(shape: NetworkShape) -> Iterator[tuple[int, int]]:
    """The stride and the pooling of each block."""
    for block in range(1, shape.blocks + 1):
        stride = 2 if block <= shape.strided_blocks else 1
        yield stride, 1 if stride > 1 else shape.last_pooling if block == shape.blocks else 2
