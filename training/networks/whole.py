"""The whole-picture network: it looks at all columns at once, and finds each digit by itself.

A trunk of convolutions turns the picture into features of its columns. For each digit an
attention over the columns (Bahdanau, Cho and Bengio, ICLR 2015) picks out what is where
that digit stands, and one classifier, shared by all digits, says which it is. What lies
between two digits is computed once, not for both; and a digit may stand beside its place, for
the attention only begins at the slices' middles. Which of them is the second, a column does not
show: attention sees what is about it as well. Where digits may stand anywhere it does not find
them by itself, or not soon: it is taught, by pictures of which that is known.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from capslice.errors import NetworkError
from capslice.training.networks.normalisation import Normalisation
from capslice.training.pictures import Slices

FEWEST_BLOCKS = 5
STRIDED, HALVING = 2, 4  # how many of the first blocks stride, and how many make smaller at all
LOW = 40  # rows: in a picture of no more, a stroke is not much more than a pixel wide
FEWEST_ROWS, MOST_COLUMNS = 4, 64
BEGIN = 10.0  # pixels: the standard deviation of where attention looks at first
FARTHEST = -12.0  # and the logit below which no place begins
PEER_KEYS = 32  # features by which a digit finds those that tell something of it


def whole_reader(
    size: tuple[int, int],
    slices: Slices,
    classes: int,
    filters: tuple[int, ...],
    dense: int,
    context: int = 0,
    dropout: float = 0.0,
    *,
    residual: bool = False,
    peers: int = 0,
) -> keras.Model:
    """uint8 (n, height, width) to float32 probabilities (n, len(slices), classes).

    Of the blocks (convolution, batch normalisation, ReLU) that `filters` are of, the first
    two take every other pixel, the next two are pooled, and the last takes a column whole. The
    first halves both sides; the next three halve the rows while there are more than four, and the
    columns while there are more than 64: where a character stands should not be lost. Of a picture
    with at most 40 rows the first sees every pixel, and the next four halve. Attention goes by a
    column's own features and by `context` more of what is about it. A share `dropout` of the dense
    units is left out while it learns. In a `residual` trunk, what a block makes is added to what it
    was given, where that is as large (He and others, CVPR 2016). A digit is told apart by its own
    features and by `peers` more of what the picture's digits look like.

    Raises NetworkError for fewer than five blocks, or a picture that is too small for them.
    """
    image, columns = trunk(size, filters, residual=residual)
    middles = [(left + right) / 2 for left, right in slices]
    digits, _ = Attention(middles, size[0])(columns, with_context(columns, context))
    digits = _rows(with_peers(digits, peers))
    digits = keras.layers.Dense(dense, activation="relu")(digits)
    if dropout:
        digits = keras.layers.Dropout(dropout)(digits)
    digits = keras.layers.Dense(classes, activation="softmax")(digits)
    return keras.Model(image, keras.ops.reshape(digits, (-1, len(slices), classes)))


def trunk(
    size: tuple[int, int], filters: tuple[int, ...], *, residual: bool = False
) -> tuple[Any, Any]:
    """The input, uint8 (n, height, width), and its columns' features, (n, columns, filters[-1]).

    Raises NetworkError as `whole_reader`.
    """
    width, height = size
    if len(filters) < FEWEST_BLOCKS or height < 16 or width < 16:
        raise NetworkError(
            f"a network over a whole picture of {width}x{height} pixels cannot be built from the "
            f"filters {', '.join(map(str, filters))}: it takes {FEWEST_BLOCKS} blocks or more, "
            "and 16 pixels each way"
        )
    image = keras.Input((height, width), dtype="uint8", name="image")
    grey = Standardised()(keras.layers.Rescaling(1 / 255)(image))
    # Shapes that are constant but for the first number stay so in ONNX; Keras' own layers
    # for this, and a dense layer on more than two axes, would compute them for each picture.
    columns = keras.ops.reshape(grey, (-1, height, width, 1))
    *below, last = filters
    low = height <= LOW
    for block, count in enumerate(below):
        halved = _halved(block, low, *columns.shape[1:3])
        strides = halved if block < STRIDED else (1, 1)
        made = _block(columns, count, 5 if block == 0 else 3, strides)
        columns = columns + made if residual and columns.shape == made.shape else made
        if block >= STRIDED and halved != (1, 1):
            columns = keras.layers.MaxPooling2D(halved)(columns)
    columns = _block(columns, last, (columns.shape[1], 1), padding="valid")
    return image, keras.ops.reshape(columns, (-1, columns.shape[2], last))


def with_context(columns: Any, context: int) -> Any:
    """What is known of columns (n, columns, features): their features, and `context` more.

    In those, half of the picture about a column has its part.
    """
    if not context:
        return columns
    count, features = columns.shape[1:]
    about = _block(keras.ops.reshape(columns, (-1, 1, count, features)), context, 1)
    about = _block(about, context, (1, count | 1))
    about = keras.ops.reshape(about, (-1, count, context))
    return keras.ops.concatenate([columns, about], axis=-1)


def with_peers(digits: Any, peers: int) -> Any:
    """What is known of digits (n, digits, features): their features, and `peers` more.

    In those, all digits of the picture have their part, by an attention of each to all (Vaswani
    and others, NeurIPS 2017): they are of one font, and how it has its 7 tells what is its 1.
    """
    if not peers:
        return digits
    count, rows = digits.shape[1], _rows(digits)
    query, key, value = (
        keras.ops.reshape(keras.layers.Dense(units)(rows), (-1, count, units))
        for units in (PEER_KEYS, PEER_KEYS, peers)
    )
    fits = keras.ops.matmul(query, keras.ops.transpose(key, (0, 2, 1))) / PEER_KEYS**0.5
    return keras.ops.concatenate([digits, keras.ops.matmul(keras.ops.softmax(fits), value)], -1)


def taught(reader: keras.Model, share: float) -> keras.Model:
    """A reader to be fitted: to a picture it is told in which column each digit's middle is.

    Takes (pictures, middles), float32 (n, digits) in pixels; `share` is what the lesson
    counts, beside reading. What it learns, `reader` has learned.
    """
    (attention,) = (layer for layer in reader.layers if isinstance(layer, Attention))
    _, places = attention.output
    middles = keras.Input((len(attention.middles),), name="middles")
    told = Lesson(share, attention.width)(reader.output, places, middles)
    return keras.Model([reader.input, middles], told)


def _rows(known: Any) -> Any:
    """Features (n, digits or columns, features), one below the other, as a matrix takes them."""
    return keras.ops.reshape(known, (-1, known.shape[-1]))


def _halved(block: int, low: bool, rows: int, columns: int) -> tuple[int, int]:
    """By what this block divides the rows and the columns."""
    if block == 0:
        return (1, 1) if low else (2, 2)
    if block < HALVING + low:
        return 2 if rows > FEWEST_ROWS else 1, 2 if columns > MOST_COLUMNS else 1
    return 1, 1


def _block(x: Any, filters: int, kernel: Any, strides: Any = 1, padding: str = "same") -> Any:
    x = keras.layers.Conv2D(filters, kernel, strides=strides, padding=padding, use_bias=False)(x)
    return keras.layers.ReLU()(Normalisation(momentum=0.98)(x))


class Standardised(keras.layers.Layer):  # type: ignore[misc]
    """Each picture (n, height, width) by itself, to a mean of 0 and a deviation of 1."""

    def call(self, grey: Any) -> Any:
        """float32 (n, height, width) to the same."""
        from_mean = grey - self._mean(grey)
        return from_mean / (keras.ops.sqrt(self._mean(from_mean * from_mean)) + 1e-3)

    def _mean(self, values: Any) -> Any:
        # Row by row: of all pixels at once, TensorFlow's sum is right to four digits only.
        rows = keras.ops.mean(values, axis=2, keepdims=True)
        return keras.ops.mean(rows, axis=1, keepdims=True)


class Attention(keras.layers.Layer):  # type: ignore[misc]
    """Features of columns (n, columns, features) to those of digits (n, digits, features).

    A digit's are a mean of the columns', weighted by a softmax of how well what is `known` of each
    column fits that digit, plus a learned logit of the column itself. That one begins as
    a Gaussian about the digit's middle of `middles`, in pixels of a picture `width` wide.
    The weights, float32 (n, digits, columns), are what it gives as well.
    """

    def __init__(self, middles: list[float], width: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.middles, self.width = np.array(middles), width

    def build(self, columns_shape: tuple[int, ...], known_shape: tuple[int, ...]) -> None:
        """Make the weights, for inputs (n, columns, features) of these shapes."""
        _, columns, _ = columns_shape
        middles = (np.arange(columns) + 0.5) * self.width / columns
        begin = -((middles[:, np.newaxis] - self.middles) ** 2) / (2 * BEGIN**2)
        self.place = self.add_weight(
            name="place",
            shape=begin.shape,
            initializer=lambda _, dtype: keras.ops.convert_to_tensor(
                np.maximum(begin, FARTHEST), dtype
            ),
        )
        self.fit = self.add_weight(
            name="fit", shape=(known_shape[-1], len(self.middles)), initializer="zeros"
        )

    def call(self, columns: Any, known: Any) -> tuple[Any, Any]:
        """Two of float32 (n, columns, features); (n, digits, features) and the weights of those."""
        fits = keras.ops.matmul(_rows(known), self.fit)
        logits = keras.ops.reshape(fits, (-1, *self.place.shape)) + self.place
        weights = keras.ops.transpose(keras.ops.softmax(logits, axis=1), (0, 2, 1))
        return keras.ops.matmul(weights, columns), weights


class Lesson(keras.layers.Layer):  # type: ignore[misc]
    """Hands on what was read, and says while fitting by how much attention was elsewhere.

    `share` times the mean surprise at the column in which a digit's middle is, of a picture
    `width` pixels wide, is added to the loss.
    """

    def __init__(self, share: float, width: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.share, self.width = share, width

    def call(self, read: Any, places: Any, middles: Any, training: bool = False) -> Any:
        """Gives `read`. `places` are (n, digits, columns) in [0, 1], `middles` (n, digits)."""
        if training:
            columns = places.shape[-1]
            right = keras.ops.clip(middles * (columns / self.width), 0, columns - 1)
            surprise = keras.losses.sparse_categorical_crossentropy(
                keras.ops.cast(right, "int32"), places
            )
            self.add_loss(self.share * keras.ops.mean(surprise))
        return read
