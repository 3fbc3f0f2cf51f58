"""The whole-picture network. Both shipped models are such a network.

    picture              uint8    (n, height, width)
    trunk                float32  (n, rows, columns, filters)       convolution blocks
    column features      float32  (n, columns, features)            the last block spans all rows
    keys                 float32  (n, columns, features + context)  with each column's surroundings
    attention            float32  (n, length, features)             a mean of columns per character
    peer attention       float32  (n, length, features + peers)     with the other characters
    classifier           float32  (n, length, classes)              probabilities

`ellipses`: 7 blocks, neither context nor peer attention; 167,232 parameters. `original`: 11
residual blocks, 32 features of context, 64 of peer attention; 381,924 parameters.

One trunk for the whole picture computes what lies between two characters once, and a character
need not stand in a fixed slice of the picture. Where characters may stand anywhere, attention
finds them late or not at all: `supervise_attention` shows it where they are while it learns.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from capslice.training.networks.shape import NetworkShape
from capslice.training.networks.trunk import block, trunk
from capslice.training.pictures import Slices

ATTENTION_SPREAD = 10.0  # pixels: the standard deviation of the attention before training
LOWEST_SCORE = -12.0  # of a position, before training
PEER_KEYS = 32  # features by which a character picks the other characters that help it


def whole_reader(
    size: tuple[int, int], slices: Slices, classes: int, shape: NetworkShape
) -> keras.Model:
    """From uint8 (n, height, width) to float32 probabilities (n, len(slices), classes).

    `size` is (width, height) in pixels. Before training, the attention of each character looks at
    the middle of its slice; the slices have no other use.

    Raises NetworkError for fewer than five blocks, or a picture that is too small for them.
    """
    image, columns = trunk(size, shape.filters_of_blocks, residual=shape.residual)
    keys = with_context(columns, shape.context_features)
    middles = [(left + right) / 2 for left, right in slices]
    characters, _ = Attention(middles, size[0])(columns, keys)
    characters = with_peer_attention(characters, shape.peer_attention)
    # One classifier for all characters: each row of its batch is a character.
    hidden = keras.layers.Dense(shape.dense, activation="relu")(_rows(characters))
    if shape.dropout:
        hidden = keras.layers.Dropout(shape.dropout)(hidden)
    probabilities = keras.layers.Dense(classes, activation="softmax", dtype="float32")(hidden)
    return keras.Model(image, keras.ops.reshape(probabilities, (-1, len(slices), classes)))


def with_context(columns: Any, features: int) -> Any:
    """Column features (n, columns, f) to (n, columns, f + features).

    The added features describe the surroundings of a column, half of the picture to either side:
    a column alone does not show which of the characters it belongs to.
    """
    if not features:
        return columns
    count, own = columns.shape[1:]
    context = block(keras.ops.reshape(columns, (-1, 1, count, own)), features, 1)
    context = block(context, features, (1, count | 1))
    context = keras.ops.reshape(context, (-1, count, features))
    return keras.ops.concatenate([columns, context], axis=-1)


class Attention(keras.layers.Layer):  # type: ignore[misc]
    """Attention over columns (Bahdanau, Cho and Bengio, ICLR 2015), one query per character.

    The score of a column for a character is a learned product of the column's key and the
    character's query, plus a learned score of the position. Before training, queries are 0 and the
    position scores a Gaussian about the character's middle of `middles`, in pixels of a picture
    `width` pixels wide.
    """

    def __init__(self, middles: list[float], width: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.middles, self.width = np.array(middles), width

    def build(self, columns_shape: tuple[int, ...], keys_shape: tuple[int, ...]) -> None:
        """Make the weights, for columns and keys (n, columns, features) of these shapes."""
        _, columns, _ = columns_shape
        positions = (np.arange(columns) + 0.5) * self.width / columns
        scores = -((positions[:, np.newaxis] - self.middles) ** 2) / (2 * ATTENTION_SPREAD**2)
        self.position_scores = self.add_weight(
            name="position_scores",
            shape=scores.shape,
            initializer=lambda _, dtype: keras.ops.convert_to_tensor(
                np.maximum(scores, LOWEST_SCORE), dtype
            ),
        )
        self.queries = self.add_weight(
            name="queries", shape=(keys_shape[-1], len(self.middles)), initializer="zeros"
        )

    def call(self, columns: Any, keys: Any) -> tuple[Any, Any]:
        """Features (n, length, features), and the attention weights (n, length, columns)."""
        products = keras.ops.matmul(_rows(keys), self.queries)
        scores = keras.ops.reshape(products, (-1, *self.position_scores.shape))
        scores = scores + self.position_scores
        weights = keras.ops.transpose(keras.ops.softmax(scores, axis=1), (0, 2, 1))
        return keras.ops.matmul(weights, columns), weights


def with_peer_attention(characters: Any, features: int) -> Any:
    """Character features (n, length, f) to (n, length, f + features).

    The added features come from self-attention (Vaswani et al., NeurIPS 2017): each character
    attends to the others, because all share one font. The shape of the 7 helps to recognise the 1.
    """
    if not features:
        return characters
    length, rows = characters.shape[1], _rows(characters)
    query, key, value = (
        keras.ops.reshape(keras.layers.Dense(units)(rows), (-1, length, units))
        for units in (PEER_KEYS, PEER_KEYS, features)
    )
    scores = keras.ops.matmul(query, keras.ops.transpose(key, (0, 2, 1))) / PEER_KEYS**0.5
    peers = keras.ops.matmul(keras.ops.softmax(scores), value)
    return keras.ops.concatenate([characters, peers], -1)


def supervise_attention(reader: keras.Model, weight: float) -> keras.Model:
    """The same reader for training, with `weight` times a loss of its attention.

    Its inputs are pictures, and the middles of their characters: float32 (n, length), in pixels.
    It shares its weights with `reader`.
    """
    (attention,) = (layer for layer in reader.layers if isinstance(layer, Attention))
    _, attention_weights = attention.output
    middles = keras.Input((len(attention.middles),), name="middles")
    supervision = AttentionSupervision(weight, attention.width)
    outputs = supervision(reader.output, attention_weights, middles)
    return keras.Model([reader.input, middles], outputs)


class AttentionSupervision(keras.layers.Layer):  # type: ignore[misc]
    """Passes the probabilities through. In training, adds a loss of the attention.

    The loss is `weight` times the cross-entropy between the attention weights and the column of
    each character's middle, in a picture `width` pixels wide.
    """

    def __init__(self, weight: float, width: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.weight, self.width = weight, width

    def call(
        self, probabilities: Any, attention_weights: Any, middles: Any, training: bool = False
    ) -> Any:
        """Attention weights are (n, length, columns) in [0, 1], middles (n, length) in pixels."""
        if training:
            columns = attention_weights.shape[-1]
            targets = keras.ops.clip(middles * (columns / self.width), 0, columns - 1)
            loss = keras.losses.sparse_categorical_crossentropy(
                keras.ops.cast(targets, "int32"), attention_weights
            )
            self.add_loss(self.weight * keras.ops.mean(loss))
        return probabilities


def _rows(features: Any) -> Any:
    """Features (n, k, f) as a matrix (n * k, f)."""
    return keras.ops.reshape(features, (-1, features.shape[-1]))
