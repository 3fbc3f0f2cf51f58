"""Shows the progress of a fit: a bar on a terminal, one line for each epoch otherwise."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from capslice.extras import missing


def tensorboard_log(folder: Path) -> keras.callbacks.Callback:
    """A callback that logs loss and accuracies for `tensorboard --logdir FOLDER`.

    Raises MissingExtra where TensorBoard is not installed.
    """
    if find_spec("tensorboard") is None:
        raise missing("TensorBoard is not installed", "training")
    return keras.callbacks.TensorBoard(folder)


class FitProgress(keras.callbacks.Callback):  # type: ignore[misc]
    """Shows the epoch, the accuracy on both parts, and the time left."""

    def __init__(self) -> None:
        super().__init__()
        console = Console(stderr=True)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("steps, left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self.task = self.progress.add_task("epoch 1", total=None)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: D102
        self.started = time.monotonic()
        self.first = self.params["epochs"]  # lowered by the first epoch of this run
        self.progress.start()
        self.progress.update(self.task, total=self.params["epochs"] * self.params["steps"])

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: D102
        self.progress.advance(self.task)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: D102
        self.first = min(self.first, epoch)
        self.progress.update(
            self.task, description=f"epoch {epoch + 1}", completed=epoch * self.params["steps"]
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: D102
        logs = logs or {}
        done, epochs = epoch + 1, self.params["epochs"]
        left = (time.monotonic() - self.started) / (done - self.first) * (epochs - done)
        line = (
            f"epoch {done}/{epochs}: loss {logs['loss']:.4f}, characters right "
            f"{logs['accuracy']:.4f} in training, {logs['val_accuracy']:.4f} in validation "
            f"(captchas {logs['val_captcha_accuracy']:.4f}), {left:.0f} s left"
        )
        if self.progress.disable:
            click.echo(line, err=True)
        else:
            self.progress.console.print(line, highlight=False)

    def close(self) -> None:
        """Release the terminal, also after Ctrl-C."""
        self.progress.stop()
