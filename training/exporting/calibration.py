"""The temperature: by how much a fitted network is surer of itself than it should be.

Dividing the logits by one number mends most of that and changes no answer (Guo, Pleiss,
Sun and Weinberger, ICML 2017). The number is fitted on pictures that the fit never saw,
and then belongs to the network's last layer, so that whoever runs it need not know.
"""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

# Where all is read right, no temperature is too low to fit; below 1 it would only boast. But what
# learned from smoothed labels is less sure than it should be.
LOWEST, LOWEST_SMOOTHED, HIGHEST = 1.0, 0.4, 5.0


def fit_temperature(
    probabilities: NDArray[np.float32], codes: NDArray[np.int64], *, smoothed: bool = False
) -> float:
    """The temperature at which the labels are the most likely: 1 to 5, or from 0.4 on.

    probabilities: float32 (n, length, classes), as the network gives them.
    codes:         int64 (n, length), what the pictures show.
    smoothed:      whether it learned from smoothed labels.
    """
    logits = np.log(np.maximum(probabilities.astype(float), np.finfo(np.float32).tiny))

    def surprise(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= np.logaddexp.reduce(scaled, axis=-1, keepdims=True)
        return float(-np.take_along_axis(scaled, codes[..., np.newaxis], -1).mean())

    bounds = (LOWEST_SMOOTHED if smoothed else LOWEST, HIGHEST)
    return float(minimize_scalar(surprise, bounds=bounds, method="bounded").x)


def cool(reader: keras.Model, temperature: float) -> None:
    """Divide the logits of a reader by `temperature`, in place."""
    for layer in last_layers(reader):
        layer.kernel.assign(layer.kernel / temperature)
        layer.bias.assign(layer.bias / temperature)


def last_layers(model: keras.Model) -> Iterator[keras.layers.Dense]:
    """Those that tell characters apart: one, or one a slice."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from last_layers(layer)
        elif getattr(layer, "activation", None) is keras.activations.softmax:
            yield layer
