"""How a fit went, as the plots of the article: loss, accuracy and error ratio, by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Blue and vermillion of Okabe and Ito's palette, which colour-blind readers can
# tell apart (https://jfly.uni-koeln.de/color/); the markers say it once more.
TRAINING: dict[str, Any] = {
    "color": "#0072B2",
    "marker": "o",
    "markersize": 3,
    "linewidth": 1.2,
    "label": "training",
}
VALIDATION: dict[str, Any] = {
    "color": "#D55E00",
    "marker": "s",
    "markersize": 3,
    "linewidth": 1.2,
    "label": "validation",
}

History = Mapping[str, Sequence[float]]


def plot_history(history: History, classes: int, path: Path) -> None:
    """Write the three plots of a fit, side by side, to a picture file (SVG, PNG, ...).

    `history` has the lists `loss`, `val_loss`, `accuracy` and `val_accuracy`, one
    value an epoch. In the plot of the accuracy, grey lines mark 1/classes (guessing)
    and 1; the error ratio is 1 minus the accuracy, on a logarithmic axis, from which
    the epochs without an error drop out.
    """
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    loss, accuracy, error = figure.subplots(1, 3)
    for part, style in (("", TRAINING), ("val_", VALIDATION)):
        losses, right = np.array(history[f"{part}loss"]), np.array(history[f"{part}accuracy"])
        epochs = np.arange(1, len(losses) + 1)
        loss.plot(epochs, losses, **style)
        accuracy.plot(epochs, right, **style)
        error.plot(epochs, np.where(right < 1, 1 - right, np.nan), **style)
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


def clear(axes: Axes) -> None:
    """Leave out of a plot what does not tell anything."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.92", linewidth=0.8)
    axes.set_axisbelow(True)


def save(figure: Figure, path: Path) -> None:
    """Write a figure; the same figure gives the same file."""
    with rc_context({"svg.hashsalt": path.name}):
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=120, metadata=metadata)
