"""What all plots share: their colours, what is left out of them, and how they are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Blue and vermillion of Okabe and Ito's palette, which colour-blind readers can
# tell apart (https://jfly.uni-koeln.de/color/); the markers say it once more.
BLUE: dict[str, Any] = {"color": "#0072B2", "marker": "o"}
VERMILLION: dict[str, Any] = {"color": "#D55E00", "marker": "s"}


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
