"""A crash in the middle of a fit."""

from __future__ import annotations

import keras


class CutOff(keras.callbacks.Callback):  # type: ignore[misc]
    """Raises RuntimeError at the start of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        if epoch == self.epoch:
            raise RuntimeError("the machine went down")
