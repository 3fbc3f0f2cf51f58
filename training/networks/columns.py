"""The column network: it reads texts of any length. `general` is such a network.

    picture          uint8    (n, height, width)
    trunk            float32  (n, columns, filters)      convolution blocks, down to one row
    context          float32  (n, columns, filters)      each column with four on either side
    classifier       float32  (n, columns, classes + 1)  probabilities

Every column says which character is there, or nothing: the last class. What columns say is decoded
by connectionist temporal classification, CTC (Graves, Fernandez, Gomez and Schmidhuber, ICML 2006;
`models/decoding/ctc.py`). CTC alone hardly gets a network off the ground. So a fit supervises the
columns first: the column at the middle of a character says this character, all others nothing.
"""

from __future__ import annotations

from typing import Any

import keras

from capslice.training.networks.shape import NetworkShape
from capslice.training.networks.trunk import block, convolution, trunk

REACH = 9  # columns that a convolution over columns sees: about one and a half characters


def column_reader(size: tuple[int, int], classes: int, shape: NetworkShape) -> keras.Model:
    """From uint8 (n, height, width) to float32 probabilities (n, columns, classes + 1).

    `size` is (width, height) in pixels. Raises NetworkError for fewer than five blocks, or a
    picture that is too small for them.
    """
    image, columns = trunk(size, shape.filters_of_blocks, residual=shape.residual)
    count, features = columns.shape[1:]
    columns = keras.ops.reshape(columns, (-1, 1, count, features))
    context = convolution(block(columns, features, (1, REACH)), features, (1, REACH))
    columns = keras.layers.ReLU()(columns + context)
    # One classifier for all columns: each row of its batch is a column.
    rows: Any = keras.ops.reshape(columns, (-1, features))
    if shape.dropout:
        rows = keras.layers.Dropout(shape.dropout)(rows)
    probabilities = keras.layers.Dense(classes + 1, activation="softmax", dtype="float32")(rows)
    return keras.Model(image, keras.ops.reshape(probabilities, (-1, count, classes + 1)))
