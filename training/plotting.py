"""The common style of all plots: colours, axes and files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from capslice.models.intervals import Rate

# Colour-blind readers can tell blue and vermillion of Okabe and Ito's palette apart
# (https://jfly.uni-koeln.de/color/); the markers differ as well.
BLUE: dict[str, Any] = {"color": "#0072B2", "marker": "o"}
VERMILLION: dict[str, Any] = {"color": "#D55E00", "marker": "s"}


def clear(axes: Axes) -> None:
    """Remove needless lines from a plot."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.92", linewidth=0.8)
    axes.set_axisbelow(True)


def shown_errors(rate: Rate) -> float:
    """Return the share of errors, or that of half an error if there is none, for a log axis."""
    return max(rate.errors, 0.5) / rate.of


def errors(
    axes: Axes,
    x: Sequence[float],
    rates: Sequence[Rate],
    label: str | None,
    style: dict[str, Any],
) -> None:
    """Plot the shares of errors at `x` with their intervals, on a logarithmic axis."""
    shown = np.array([shown_errors(rate) for rate in rates])
    low, high = 1 - np.array([rate.interval for rate in rates]).T[::-1]
    # Without errors the lower end is 0, which a logarithmic axis cannot show.
    low = np.maximum(low, shown / 20)
    axes.errorbar(
        x,
        shown,
        yerr=(shown - low, high - shown),
        color=style["color"],
        marker=style["marker"],
        linestyle="none",
        capsize=3,
        label=label,
    )
    axes.set(yscale="log", ylabel="Captchas read wrong")


def save(figure: Figure, path: Path) -> None:
    """Write a figure; the same figure always gives the same file."""
    with rc_context({"svg.hashsalt": path.name}):
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=120, metadata=metadata)
