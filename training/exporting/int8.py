"""Quantises the convolutions of a model to 8-bit integers.

8-bit integers multiply several times as fast as floats, and take a quarter of the file. Each filter
gets a scale for its weights, and each layer one for its outputs, from pictures of the fit's kind
(Jacob et al., CVPR 2018). ONNX Runtime does the arithmetic. Two parts stay in floats: the first
convolution, which has one channel and would not get faster, and everything behind the last one.
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

# The import puts a folder on the path that holds a package named `models`.
sys.path[:] = _paths

QUANTISED = ("Conv", "MaxPool", "Relu")
BATCH = 32


def quantise(model: onnx.ModelProto, pictures: NDArray[np.uint8]) -> onnx.ModelProto:
    """The same reader with 8-bit convolutions.

    `pictures`, uint8 (n, height, width), show the ranges of values. Raises ExportError where ONNX
    Runtime cannot quantise the model.
    """
    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, quantised = Path(folder, "plain.onnx"), Path(folder, "quantised.onnx")
        _fold_normalisation(model, plain)
        try:
            quantize_static(
                plain,
                quantised,
                _Pictures(pictures),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                # 7 bits for weights: with 8, processors without VNNI would overflow.
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=list(QUANTISED),
                nodes_to_exclude=list(_first_convolutions(onnx.load(plain))),
            )
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise ExportError(
                f"the reader cannot be quantised to 8 bits ({error}): export it with --float"
            ) from None
        return onnx.load(quantised)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence ONNX Runtime's advice to fold the normalisation first, which is done."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _fold_normalisation(model: onnx.ModelProto, out: Path) -> None:
    """Write the model, with its batch normalisation folded into the convolutions."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(out)
    onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _first_convolutions(model: onnx.ModelProto) -> Iterator[str]:
    """The names of the convolutions whose input is the picture, with one channel."""
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
