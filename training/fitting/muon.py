"""Muon, for the kernels of convolutions as well.

A step of Muon (Jordan and others, 2024) changes a matrix by as much along each of its directions,
where Adam's is mostly along a few; it is scaled by what Liu and others (arXiv:2502.16982) found to
suit it. Keras has it for matrices alone. A convolution's kernel is one as well: all that a filter
sees, by filters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import keras


class Muon(keras.optimizers.Muon):  # type: ignore[misc]
    """For all kernels but those of the layers `beside`; they, and all else, learn by AdamW."""

    def __init__(self, learning_rate: Any, decay: float, beside: Iterable[str] = ()) -> None:
        super().__init__(
            learning_rate,
            weight_decay=decay,
            adam_weight_decay=decay,
            exclude_layers=[rf"(^|/){name}/" for name in beside],
        )

    def _should_use_adamw(self, variable: Any) -> bool:
        beside = any(re.search(name, variable.path) for name in self.exclude_layers)
        return beside or variable.name != "kernel"

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """Next to orthogonal, as a matrix."""
        matrix = super().zeropower_via_newtonschulz5(_as_matrix(x), steps)
        return keras.ops.reshape(matrix, x.shape)

    def lr_adjust(self, x: Any) -> Any:
        """As large a step as one of Adam's is."""
        return keras.ops.reshape(super().lr_adjust(_as_matrix(x)), x.shape)


def _as_matrix(kernel: Any) -> Any:
    return keras.ops.reshape(kernel, (-1, kernel.shape[-1]))
