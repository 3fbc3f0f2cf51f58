"""Eight bits for what the convolutions weigh and hand on, instead of thirty-two.

Whole numbers of eight bits are multiplied several times as fast as floats, and take a
quarter of the file. Each filter gets a scale of its own for its weights, and each layer one
for its results, from what pictures of the fit's kind bring about there (Jacob and others,
CVPR 2018). The arithmetic is ONNX Runtime's; what is chosen here is what stays a float: the
first convolution, of one channel, which is no faster so, and all behind the last.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from capslice.errors import ExportError

_paths = list(sys.path)
from onnxruntime.quantization import (  # noqa: E402
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

# It puts a folder on the path in which there is another `models`.
sys.path[:] = _paths

KINDS = ("Conv", "MaxPool", "Relu")
BATCH = 32


def quantise(model: onnx.ModelProto, pictures: NDArray[np.uint8]) -> onnx.ModelProto:
    """The same reader with its inner convolutions in eight bits.

    `pictures`, uint8 (n, height, width), are what the scales are chosen by. Raises ExportError
    where ONNX Runtime cannot do it.
    """
    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, quantised = Path(folder, "plain.onnx"), Path(folder, "quantised.onnx")
        _fold(model, plain)
        try:
            quantize_static(
                plain,
                quantised,
                _Pictures(pictures),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                # Seven bits for weights: with eight, processors without VNNI would overflow.
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=list(KINDS),
                nodes_to_exclude=list(_of_one_channel(onnx.load(plain))),
            )
        except Exception as error:  # ONNX Runtime's errors have no common class of their own.
            raise ExportError(
                f"the reader cannot be had in eight bits ({error}): export it with --float"
            ) from None
        return onnx.load(quantised)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without its advice to fold the normalisation first, which is done."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _fold(model: onnx.ModelProto, out: Path) -> None:
    """Write the model with its normalisation folded into the convolutions before it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(out)
    onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _of_one_channel(model: onnx.ModelProto) -> Iterator[str]:
    """The names of the convolutions that see the picture itself."""
    shapes = {weights.name: tuple(weights.dims) for weights in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Conv" and shapes[node.input[1]][1] == 1:
            yield node.name


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        self.batches = iter(np.split(pictures, range(BATCH, len(pictures), BATCH)))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        batch = next(self.batches, None)
        return None if batch is None else {"image": batch}
