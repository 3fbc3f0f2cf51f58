"""How a fit went, as the two plots of the article: loss, and accuracy, by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Blue and vermillion of Okabe and Ito's palette, which colour-blind readers can
# tell apart (https://jfly.uni-koeln.de/color/); the markers say it once more.
TRAINING = {"color": "#0072B2", "marker": "o", "markersize": 3, "label": "training"}
VALIDATION = {"color": "#D55E00", "marker": "s", "markersize": 3, "label": "validation"}

History = Mapping[str, Sequence[float]]


def plot_history(history: History, classes: int, folder: Path) -> None:
    """Write loss.png and accuracy.png into `folder`.

    `history` has the lists `loss`, `val_loss`, `accuracy` and `val_accuracy`, one
    value an epoch; grey lines mark an accuracy of 1/classes (guessing) and of 1.
    """
    figure, axes = _curves(history, "loss", "Loss (cross-entropy, log scale)")
    axes.set_yscale("log")
    figure.savefig(folder / "loss.png", dpi=120)

    figure, axes = _curves(history, "accuracy", "Accuracy a digit")
    for level in (1 / classes, 1.0):
        axes.axhline(level, color="0.6", linewidth=1, zorder=0)
    axes.set_ylim(0, 1.05)
    figure.savefig(folder / "accuracy.png", dpi=120)


def _curves(history: History, quantity: str, label: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.add_subplot()
    for name, style in ((quantity, TRAINING), (f"val_{quantity}", VALIDATION)):
        values = history[name]
        axes.plot(range(1, len(values) + 1), values, linewidth=1.2, **style)  # type: ignore[arg-type]
    axes.set(xlabel="Epoch", ylabel=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure, axes
