"""Plots the errors by number of pictures, and by the work that a network does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from capslice.training.experiments.results import Result
from capslice.training.plotting import BLUE, VERMILLION, clear, errors, save, shown_errors


def plot_pictures(results: Sequence[Result], path: Path) -> None:
    """Plot the captchas read wrong by the number of training pictures, on logarithmic axes."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for streamed, label, style in (
        (False, "the same again and again", VERMILLION),
        (True, "fresh ones without end", BLUE),
    ):
        shown = [result for result in results if result.experiment.streamed == streamed]
        _errors(axes, [result.fits[0].fitted_on for result in shown], shown, label, style)
    axes.set(xlabel="Captchas learned from")
    axes.legend(frameon=False)
    save(figure, path)


def plot_sizes(sizes: Sequence[Result], work: Mapping[str, int], path: Path) -> None:
    """Plot the captchas read wrong by multiply-adds per captcha, on logarithmic axes."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    _errors(axes, [work[size.name] for size in sizes], sizes, None, BLUE)
    for result in sizes:
        axes.annotate(
            result.name,
            (work[result.name], shown_errors(result.captchas)),
            xytext=(6, 6),
            textcoords="offset points",
            fontsize=9,
        )
    axes.set(xlabel="Multiply-adds a captcha")
    save(figure, path)


def _errors(
    axes: Axes,
    x: Sequence[float],
    results: Sequence[Result],
    label: str | None,
    style: dict[str, Any],
) -> None:
    errors(axes, x, [result.captchas for result in results], label, style)
    axes.set(xscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_tick_label))
        axis.set_minor_formatter(NullFormatter())
    clear(axes)


def _tick_label(value: float, _: int) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
