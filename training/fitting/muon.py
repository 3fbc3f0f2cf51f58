"""Muon, also for the kernels of convolutions.

A step of Muon (Jordan et al., 2024) changes a matrix by the same amount along each of its
directions, where a step of Adam mostly goes along a few. The scale of a step follows Liu et al.
(arXiv:2502.16982). Keras applies Muon to matrices only. Here, a convolution's kernel counts as one:
(height * width * channels, filters).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import keras


class Muon(keras.optimizers.Muon):  # type: ignore[misc]
    """Muon for all kernels but those of the layers `excluded`; AdamW for all other weights."""

    def __init__(self, learning_rate: Any, weight_decay: float, excluded: Iterable[str]) -> None:
        super().__init__(
            learning_rate,
            weight_decay=weight_decay,
            adam_weight_decay=weight_decay,
            exclude_layers=[rf"(^|/){name}/" for name in excluded],
        )

    def _should_use_adamw(self, variable: Any) -> bool:
        excluded = any(re.search(name, variable.path) for name in self.exclude_layers)
        return excluded or variable.name != "kernel"

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """The nearest orthogonal matrix, approximately."""
        matrix = super().zeropower_via_newtonschulz5(_as_matrix(x), steps)
        return keras.ops.reshape(matrix, x.shape)

    def lr_adjust(self, x: Any) -> Any:
        """Scale a step to the size of a step of Adam."""
        return keras.ops.reshape(super().lr_adjust(_as_matrix(x)), x.shape)


def _as_matrix(kernel: Any) -> Any:
    return keras.ops.reshape(kernel, (-1, kernel.shape[-1]))
