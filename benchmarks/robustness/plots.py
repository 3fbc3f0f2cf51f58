"""Plots the reliability of the confidence, and the errors by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from capslice.models.intervals import Rate
from capslice.models.reliability import Reliability
from capslice.training.plotting import BLUE, VERMILLION, clear, errors, save

STYLES = (BLUE, VERMILLION)


def plot_reliability(reliabilities: Mapping[str, Reliability], path: Path) -> None:
    """Plot the share of captchas right by confidence; a calibrated model is on the diagonal."""
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot((0, 1), (0, 1), color="0.7", linewidth=1, zorder=0)
    for (name, reliability), style in zip(reliabilities.items(), STYLES, strict=False):
        confidences, rates = zip(*reliability.bins, strict=True)
        _dots(axes, confidences, rates, style | {"label": name})
    axes.set(xlabel="Confidence", ylabel="Captchas right", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.legend(frameon=False, loc="upper left")
    clear(axes)
    save(figure, path)


def plot_groups(groups: Mapping[str, Mapping[str, Rate]], path: Path) -> None:
    """Plot captchas read wrong by group; half an error stands for none, on the log axis."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    names = list(dict.fromkeys(name for rates in groups.values() for name in rates))
    for index, (label, rates) in enumerate(groups.items()):
        x = [names.index(name) + (index - 0.5) * 0.2 for name in rates]
        errors(axes, x, list(rates.values()), label, STYLES[index])
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.legend(frameon=False)
    clear(axes)
    save(figure, path)


def _dots(
    axes: Axes, x: Sequence[float], rates: Sequence[Rate], style: Mapping[str, object]
) -> None:
    values = np.array([rate.value for rate in rates])
    low, high = np.array([rate.interval for rate in rates]).T
    axes.errorbar(
        x,
        values,
        yerr=((values - low).clip(0), (high - values).clip(0)),
        color=style["color"],
        marker=style["marker"],
        linestyle="none",
        capsize=2,
        label=style["label"],
    )
