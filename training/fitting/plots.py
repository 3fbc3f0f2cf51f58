"""Plots loss, accuracy and error ratio by epoch, as the article does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from capslice.training.plotting import BLUE, VERMILLION, clear, save

LINE: dict[str, Any] = {"markersize": 3, "linewidth": 1.2}

History = Mapping[str, Sequence[float]]


def plot_history(history: History, classes: int, path: Path) -> None:
    """Write the three plots of a fit, side by side, to a picture file (SVG, PNG, ...).

    `history` has the lists `loss`, `val_loss`, `accuracy` and `val_accuracy`, with one value for
    each epoch. In the accuracy plot, grey lines mark 1/classes (guessing) and 1. The error ratio is
    1 minus the accuracy; its axis is logarithmic, so that epochs without errors do not appear.
    """
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    loss, accuracy, error = figure.subplots(1, 3)
    for part, label, style in (("", "training", BLUE), ("val_", "validation", VERMILLION)):
        losses, right = np.array(history[f"{part}loss"]), np.array(history[f"{part}accuracy"])
        epochs = np.arange(1, len(losses) + 1)
        loss.plot(epochs, losses, label=label, **style, **LINE)
        accuracy.plot(epochs, right, **style, **LINE)
        error.plot(epochs, np.where(right < 1, 1 - right, np.nan), **style, **LINE)
    for level in (1 / classes, 1.0):
        accuracy.axhline(level, color="0.6", linewidth=1, zorder=0)
    accuracy.set_ylim(0, 1.05)
    error.set_yscale("log")
    for axes, title in ((loss, "Loss"), (accuracy, "Accuracy"), (error, "Error ratio")):
        axes.set(xlabel="Epoch", title=title)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        clear(axes)
    loss.legend(frameon=False)
    save(figure, path)
