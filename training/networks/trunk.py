"""The trunk of the networks over a whole picture: convolution blocks, from pixels to columns.

picture          uint8    (n, height, width)
blocks           float32  (n, rows, columns, filters)
column features  float32  (n, columns, filters[-1])    the last block spans all rows
"""

from __future__ import annotations

from typing import Any

import keras

from capslice.errors import NetworkError
from capslice.training.networks.normalisation import Normalisation

FEWEST_BLOCKS = 5
LOW = 40  # rows: in a picture of at most so many, strokes are little more than a pixel wide
FEWEST_ROWS, MOST_COLUMNS = 4, 64  # to which the blocks reduce a picture


def trunk(
    size: tuple[int, int], filters: tuple[int, ...], *, residual: bool = False
) -> tuple[Any, Any]:
    """The input, uint8 (n, height, width), and column features, float32 (n, columns, filters[-1]).

    The first block has 5x5 kernels, the last one kernels as high as what is left of the picture,
    and all others 3x3. A `residual` block adds its output to its input where the shapes are equal
    (He et al., CVPR 2016).

    Raises NetworkError for fewer than five blocks, or a picture that is too small for them.
    """
    width, height = size
    if len(filters) < FEWEST_BLOCKS or height < 16 or width < 16:
        raise NetworkError(
            f"a network over a whole picture of {width}x{height} pixels cannot be built from the "
            f"filters {', '.join(map(str, filters))}: it takes {FEWEST_BLOCKS} blocks or more, "
            "and 16 pixels each way"
        )
    image = keras.Input((height, width), dtype="uint8", name="image")
    # In float32 also where a fit computes in bfloat16, which has three digits: too few for a mean.
    grey = keras.layers.Rescaling(1 / 255, dtype="float32")(image)
    grey = Standardised(dtype="float32")(grey)
    # keras.ops.reshape, as here and below, keeps shapes constant in ONNX, apart from n. Keras' own
    # layers, and a dense layer on three axes, would compute them anew for each picture.
    x = keras.ops.reshape(grey, (-1, height, width, 1))
    for index, count in enumerate(filters[:-1]):
        factors = _reduction(index, height, *x.shape[1:3])
        strided = index < 2  # the first two blocks stride, later ones pool
        output = block(x, count, 5 if index == 0 else 3, factors if strided else (1, 1))
        x = x + output if residual and x.shape == output.shape else output
        if not strided and factors != (1, 1):
            x = keras.layers.MaxPooling2D(factors)(x)
    x = block(x, filters[-1], (x.shape[1], 1), padding="valid")
    return image, keras.ops.reshape(x, (-1, x.shape[2], filters[-1]))


def block(x: Any, filters: int, kernel: Any, strides: Any = 1, padding: str = "same") -> Any:
    """Convolution, batch normalisation and ReLU: (n, rows, columns, f) to (..., filters)."""
    return keras.layers.ReLU()(convolution(x, filters, kernel, strides, padding))


def convolution(x: Any, filters: int, kernel: Any, strides: Any = 1, padding: str = "same") -> Any:
    """Convolution and batch normalisation: (n, rows, columns, f) to (..., filters)."""
    x = keras.layers.Conv2D(filters, kernel, strides=strides, padding=padding, use_bias=False)(x)
    return Normalisation(momentum=0.98)(x)


class Standardised(keras.layers.Layer):  # type: ignore[misc]
    """Brings each picture (n, height, width) to a mean of 0 and a standard deviation of 1."""

    def call(self, grey: Any) -> Any:
        """From float32 (n, height, width) to the same shape."""
        centred = grey - self._mean(grey)
        return centred / (keras.ops.sqrt(self._mean(centred * centred)) + 1e-3)

    def _mean(self, values: Any) -> Any:
        # Row by row: TensorFlow's sum over all pixels at once is only right to four digits.
        rows = keras.ops.mean(values, axis=2, keepdims=True)
        return keras.ops.mean(rows, axis=1, keepdims=True)


def _reduction(block: int, height: int, rows: int, columns: int) -> tuple[int, int]:
    """The factors by which a block divides the rows and the columns that it is given.

    The first block halves both sides. The next three halve the rows while there are more than 4,
    and the columns while there are more than 64, so that a character's position is not lost. In a
    low picture the first block keeps every pixel, and the next four halve.
    """
    low = height <= LOW
    if block == 0:
        return (1, 1) if low else (2, 2)
    if block < (5 if low else 4):
        return 2 if rows > FEWEST_ROWS else 1, 2 if columns > MOST_COLUMNS else 1
    return 1, 1
