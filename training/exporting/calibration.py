"""Calibrates a fitted network with a temperature, because it is more confident than it should be.

Dividing the logits by one number corrects most of that, and changes no answer (Guo, Pleiss, Sun
and Weinberger, ICML 2017). The number is fitted on pictures that the fit has not seen, and then
folded into the last layer, so that nobody who runs the network needs to know it.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from capslice.training.networks.column_loss import column_labels, ctc_loss
from capslice.training.networks.reader import last_layers

# Where every answer is right, the best temperature is 0. Below 1 it would only make the network
# overconfident, unless the fit has made it less confident than it should be: by smoothed labels,
# or by the cross-entropy of columns beside CTC.
LOWEST, LOWEST_SMOOTHED, HIGHEST = 1.0, 0.4, 5.0


def fit_temperature(
    probabilities: NDArray[np.float32],
    codes: NDArray[np.int64],
    *,
    smoothed: bool = False,
    ctc: bool = False,
) -> float:
    """The temperature with the lowest cross-entropy: 1 to 5, or 0.4 to 5 for smoothed labels.

    probabilities: float32 (n, length or columns, classes), from the network.
    codes:         int64 (n, length), the labels.
    smoothed:      whether the fit made the network less confident than it should be.
    ctc:           whether it is a column network; then the cross-entropy is that of whole texts.
    """
    logits = np.log(np.maximum(probabilities.astype(float), np.finfo(np.float32).tiny))
    labels = column_labels(codes, None, 1, 1)

    def cross_entropy(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= np.logaddexp.reduce(scaled, axis=-1, keepdims=True)
        return float(-np.take_along_axis(scaled, codes[..., np.newaxis], -1).mean())

    def of_texts(temperature: float) -> float:
        return float(ctc_loss(labels, (logits / temperature).astype(np.float32)))

    minimised: Callable[[float], float] = of_texts if ctc else cross_entropy
    bounds = (LOWEST_SMOOTHED if smoothed else LOWEST, HIGHEST)
    return float(minimize_scalar(minimised, bounds=bounds, method="bounded").x)


def apply_temperature(reader: keras.Model, temperature: float) -> None:
    """Divide the logits of a reader by `temperature`, in place."""
    for layer in last_layers(reader):
        layer.kernel.assign(layer.kernel / temperature)
        layer.bias.assign(layer.bias / temperature)
