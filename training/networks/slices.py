"""The slice network, and the reader that puts slice networks together.

A slice network is the author's convnet, from the book that he was reading: blocks
of 3x3 convolution and 2x2 pooling, then a dense layer, then one output a
character. A reader takes whole grey pictures and holds everything between them
and the probabilities of each digit, so that what is fitted is what is exported.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import keras

from capslice.errors import NetworkError
from capslice.training.networks.normalisation import Normalisation
from capslice.training.networks.whole import Attention, whole_reader
from capslice.training.pictures import Slices

Sharing = Literal["shared", "each", "whole"]


@dataclass(frozen=True)
class NetworkShape:
    """What can be varied in a slice network.

    Four blocks of the seed's filters with 512 dense units are the author's first
    network: 440,454 parameters on his first slice (80x54).

    The first `strided` blocks have no pooling: their convolution takes every other
    pixel instead, for a quarter of the work. `last_pooling` is the side of the last
    block's pooling. `normalised` puts a batch normalisation (Ioffe and Szegedy, 2015)
    behind each convolution. For a network over the whole picture alone are `context`, how many
    features of what is about a column its attention goes by, `residual`: whether a block adds
    to what it is given, and `peers`: how many features of all digits each is told apart by.
    """

    blocks: int = 4
    dense: int = 512
    dropout: float = 0.0
    filters: tuple[int, ...] = (32, 64, 128, 128)
    strided: int = 0
    last_pooling: int = 2
    normalised: bool = False
    context: int = 0
    residual: bool = False
    peers: int = 0

    @property
    def filters_of_blocks(self) -> tuple[int, ...]:
        """One number a block. Raises NetworkError where there are more blocks than filters."""
        if not 1 <= self.blocks <= len(self.filters):
            raise NetworkError(
                f"{self.blocks} blocks cannot be built from the filters "
                f"{', '.join(map(str, self.filters))}: give 1 to {len(self.filters)} blocks"
            )
        return self.filters[: self.blocks]


SEED = NetworkShape()
SMALL = NetworkShape(dense=64, filters=(12, 16, 32, 32), strided=2, normalised=True)
WHOLE = NetworkShape(
    blocks=7,
    dense=128,
    filters=(16, 32, 32, 64, 64, 64, 128),
    strided=2,
    normalised=True,
    context=32,
)


def slice_network(
    height: int, width: int, classes: int, shape: NetworkShape = SEED
) -> keras.Sequential:
    """float32 (n, height, width, 1) in [0, 1] to float32 probabilities (n, classes).

    Raises NetworkError where there are more blocks than filters, or the slice is
    too small for them, as the author's fourth slice is: 45 columns, where four
    blocks need 46.
    """
    filters_of_blocks = shape.filters_of_blocks
    if not is_large_enough(height, width, shape):
        raise NetworkError(
            f"a slice of {width}x{height} pixels is too small for {shape.blocks} blocks: "
            "use other `--slices`, fewer `--blocks`, or `--networks whole`"
        )
    network = keras.Sequential([keras.Input((height, width, 1))])
    for filters, (stride, pooling) in zip(filters_of_blocks, _halvings(shape), strict=True):
        network.add(keras.layers.Conv2D(filters, 3, strides=stride, use_bias=not shape.normalised))
        if shape.normalised:
            # Keras' own 0.99 averages over more steps than the first epochs have.
            network.add(Normalisation(momentum=0.9))
        network.add(keras.layers.ReLU())
        if pooling > 1:
            network.add(keras.layers.MaxPooling2D(pooling))
    network.add(keras.layers.Flatten())
    network.add(keras.layers.Dense(shape.dense, activation="relu"))
    if shape.dropout:
        network.add(keras.layers.Dropout(shape.dropout))
    network.add(keras.layers.Dense(classes, activation="softmax"))
    return network


def is_large_enough(height: int, width: int, shape: NetworkShape) -> bool:
    """Whether there is something left of such a slice behind all blocks."""
    left = min(height, width)
    for stride, pooling in _halvings(shape):
        # A 3x3 convolution without padding loses a pixel on each side.
        left = ((left - 3) // stride + 1) // pooling
    return left >= 1


def _halvings(shape: NetworkShape) -> Iterator[tuple[int, int]]:
    """The stride and the pooling of each block."""
    for block in range(1, shape.blocks + 1):
        stride = 2 if block <= shape.strided else 1
        yield stride, 1 if stride > 1 else shape.last_pooling if block == shape.blocks else 2


def build_reader(
    size: tuple[int, int],
    slices: Slices,
    classes: int,
    shape: NetworkShape = SMALL,
    sharing: Sharing = "shared",
) -> keras.Model:
    """uint8 (n, height, width) to float32 probabilities (n, len(slices), classes).

    `shared` uses one slice network for all slices, which must then be of one
    width; `each` has one a slice. `whole` has one network over the whole picture, of the
    filters, dense units, dropout, context, residual blocks and peers of `shape` alone; the slices
    are where it looks first.

    Raises NetworkError where a slice is too small, the widths differ, or there are more blocks
    than filters.
    """
    if sharing == "whole":
        filters = shape.filters_of_blocks
        return whole_reader(
            size, slices, classes, filters, shape.dense, shape.context, shape.dropout,
            residual=shape.residual, peers=shape.peers,
        )  # fmt: skip
    width, height = size
    widths = [right - left for left, right in slices]
    image = keras.Input((height, width), dtype="uint8", name="image")
    grey = keras.layers.Rescaling(1 / 255)(image)
    grey = keras.layers.Reshape((height, width, 1))(grey)
    cut = [keras.layers.Cropping2D(((0, 0), (left, width - right)))(grey) for left, right in slices]
    if sharing == "each":
        networks = [slice_network(height, w, classes, shape) for w in widths]
        digits = [network(part) for network, part in zip(networks, cut, strict=True)]
        return keras.Model(image, keras.ops.stack(digits, axis=1))
    if len(set(widths)) > 1:
        raise NetworkError(
            f"one network cannot serve slices of {', '.join(map(str, widths))} columns: "
            "use `--slices equal`, or `--networks each`"
        )
    # All slices go through the network as one batch: a sixth of the calls.
    network = slice_network(height, widths[0], classes, shape)
    batch = keras.ops.reshape(keras.ops.stack(cut, axis=1), (-1, height, widths[0], 1))
    return keras.Model(image, keras.ops.reshape(network(batch), (-1, len(slices), classes)))


def multiply_adds(reader: keras.Model) -> int:
    """How many products a reader's convolutions and dense layers add up for one captcha.

    Normalisation, activations and pooling are left out, as is customary.
    """
    networks = [layer for layer in reader.layers if isinstance(layer, keras.Sequential)]
    # Each of these is used for as many slices; a network over the whole picture once.
    times = reader.output_shape[1] // len(networks) if networks else 1
    total = 0
    for layer in (layer for network in networks or [reader] for layer in network.layers):
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            places = math.prod(layer.output.shape[1:-1])
            if not networks and isinstance(layer, keras.layers.Dense):
                places = reader.output_shape[1]  # once a digit, one after the other
            total += places * math.prod(layer.kernel.shape)
        elif isinstance(layer, Attention):
            # For how well a column fits a digit, and for the mean of the columns.
            columns, digits = layer.place.shape
            features = layer.output[0].shape[-1]
            total += columns * digits * (layer.fit.shape[0] + features)
    return total * int(times)
