"""The plots of the open questions: errors by how many pictures, and by how much work."""

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
    """Captchas read wrong by how many were learned from, both axes logarithmic."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for streamed, label, style in (
        (False, "the same again and again", VERMILLION),
        (True, "fresh ones without end", BLUE),
    ):
        drawn = [result for result in results if result.row.streamed == streamed]
        _errors(axes, drawn, [result.fits[0].fitted_on for result in drawn], label, style)
    axes.set(xlabel="Captchas learned from")
    axes.legend(frameon=False)
    save(figure, path)


def plot_sizes(sizes: Sequence[Result], work: Mapping[str, int], path: Path) -> None:
    """Captchas read wrong by multiply-adds a captcha, both axes logarithmic."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    _errors(axes, sizes, [work[size.name] for size in sizes], None, BLUE)
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
    results: Sequence[Result],
    across: Sequence[float],
    label: str | None,
    style: dict[str, Any],
) -> None:
    errors(axes, across, [result.captchas for result in results], label, style)
    axes.set(xscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_plainly))
        axis.set_minor_formatter(NullFormatter())
    clear(axes)


def _plainly(value: float, _: int) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
