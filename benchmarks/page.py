"""Formats findings as Markdown, for the terminal and for docs/benchmarks.md with its plots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from benchmarks.measure import Comparison, Finding, Growth, Table
from capslice.training.pages import page_template, plots_folder
from capslice.training.plotting import BLUE, clear, save

TEMPLATE = "benchmarks.md.jinja"
# Comparisons among our own ways, which the plot leaves out.
AMONG_OURS = ("overhead", "original", "batch", "all_cores", "copied", "picture")
HEAD = (
    "what",
    "compared with",
    "ratio (quartiles)",
    "p95 of the ratio",
    "ms, p50 / p95 / p99",
    "ms of the other",
    "n",
)


class Section(NamedTuple):
    """A benchmark: its name, the docstring of its module, and its findings."""

    name: str
    text: str
    findings: list[Finding]

    @property
    def title(self) -> str:
        """The first sentence of the docstring."""
        return self.text.partition(".\n")[0].strip().removesuffix(".")

    @property
    def prose(self) -> str:
        """The rest of the docstring."""
        return dedent(self.text.partition(".\n")[2]).strip()

    @property
    def growths(self) -> list[Growth]:
        """The findings on how costs grow."""
        return [finding for finding in self.findings if isinstance(finding, Growth)]

    def body(self) -> str:
        """The findings; consecutive comparisons become one table."""
        parts = []
        for type_, findings in groupby(self.findings, type):
            if type_ is Comparison:
                parts.append(comparisons(findings))
            else:
                parts += map(markdown, findings)
        return "\n\n".join(parts)


def markdown(finding: Finding) -> str:
    """Format one finding."""
    match finding:
        case Comparison():
            return comparisons([finding])
        case Growth():
            return growth(finding)
        case Table():
            return "\n".join(table(finding.head, finding.rows))
        case _:
            return finding


def comparisons(findings: Iterable[Finding]) -> str:
    """Format comparisons as a table, one row each."""
    rows = [finding.cells() for finding in findings if isinstance(finding, Comparison)]
    return "\n".join(table(HEAD, rows))


def growth(finding: Growth) -> str:
    """Format a growth as a sentence and a table."""
    slope, low, high = finding.slope()
    rows = [
        (f"{size:,}", f"{median * 1000:.3g}", f"{least * 1000:.3g} to {most * 1000:.3g}")
        for size, seconds in zip(finding.sizes, finding.seconds, strict=True)
        for least, median, most in [np.quantile(seconds, (0, 0.5, 1))]
    ]
    return (
        f"How the time grows, {finding.name}: with the number of {finding.unit} to the power of "
        f"{slope:.2f} ({low:.2f} to {high:.2f}).\n\n"
        + "\n".join(table((finding.unit, "ms, median", "least to most"), rows))
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


def write_page(path: Path, sections: Sequence[Section], foot: str) -> None:
    """Write the page, and its plots into a folder of the same name beside it."""
    plots = plots_folder(path)
    plot_ratios(sections, plots / "ratios.svg")
    plot_growth(sections, plots / "growth.svg")
    page = page_template("benchmarks", TEMPLATE)
    path.write_text(page.render(sections=sections, plots=plots.name, foot=foot))


def plot_ratios(sections: Sequence[Section], path: Path) -> None:
    """Plot how many times as fast ours is as each alternative."""
    findings = [
        finding
        for section in sections
        for finding in section.findings
        if isinstance(finding, Comparison)
        and section.name in ("reading", "drawing", "solving")
        and finding.key not in AMONG_OURS
    ]
    names = [f"{each.name} / {each.baseline}".replace("`", "") for each in findings]
    figure = Figure(figsize=(9, 0.6 + 0.3 * len(findings)), layout="constrained")
    axes = figure.subplots()
    for row, finding in enumerate(findings):
        speedups = finding.seconds[:, 1] / finding.seconds[:, 0]
        low, median, high = np.quantile(speedups, (0.25, 0.5, 0.75))
        axes.plot((low, high), (row, row), color=BLUE["color"], linewidth=3, alpha=0.4)
        axes.plot(median, row, linestyle="none", **BLUE)
    axes.axvline(1, color="0.7", linewidth=1)
    axes.set(xscale="log", xlabel="Times as fast (median and quartiles)")
    axes.set_yticks(range(len(findings)), names, fontsize=8)
    axes.invert_yaxis()
    clear(axes)
    axes.grid(axis="x", color="0.92")
    save(figure, path)


def plot_growth(sections: Sequence[Section], path: Path) -> None:
    """Plot seconds by size for each finding on growth."""
    growths = [growth for section in sections for growth in section.growths]
    if not growths:
        return
    rows = -(-len(growths) // 3)
    figure = Figure(figsize=(9, 2.2 * rows + 0.3), layout="constrained")
    grid = figure.subplots(rows, 3, squeeze=False)
    for axes, finding in zip(grid.flat, growths, strict=False):
        medians = np.median(finding.seconds, axis=1)
        axes.plot(finding.sizes, medians, **BLUE)
        axes.set(xscale="log", yscale="log", xlabel=finding.unit, ylabel="s")
        axes.set_xticks(finding.sizes, [f"{size:,}" for size in finding.sizes])
        axes.set_yticks(medians, [f"{median:.2g}" for median in medians])
        axes.minorticks_off()
        axes.set_title(f"{finding.name}, slope {finding.slope()[0]:.2f}", fontsize=8)
        clear(axes)
    for axes in grid.flat[len(growths) :]:
        axes.remove()
    save(figure, path)
