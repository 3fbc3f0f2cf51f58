"""What is found, as Markdown: in the terminal, and as docs/benchmarks.md with its plots."""

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
AMONG_OURS = ("overhead", "original", "batch", "all_cores", "copied", "picture")
HEAD = (
    "what",
    "against what",
    "ratio (quartiles)",
    "p95 of it",
    "ms, p50 / p95 / p99",
    "ms, against",
    "n",
)


class Section(NamedTuple):
    """A benchmark: its name, what it says of itself, and what it found."""

    name: str
    text: str
    findings: list[Finding]

    @property
    def title(self) -> str:
        """The first sentence of what it says of itself."""
        return self.text.partition(".\n")[0].strip().removesuffix(".")

    @property
    def prose(self) -> str:
        """The rest."""
        return dedent(self.text.partition(".\n")[2]).strip()

    @property
    def growths(self) -> list[Growth]:
        """How its costs grow."""
        return [finding for finding in self.findings if isinstance(finding, Growth)]

    def body(self) -> str:
        """Its findings, comparisons that follow each other as one table."""
        parts = []
        for kind, some in groupby(self.findings, type):
            if kind is Comparison:
                parts.append(comparisons(some))
            else:
                parts += map(markdown, some)
        return "\n\n".join(parts)


def markdown(finding: Finding) -> str:
    """One finding by itself."""
    match finding:
        case Comparison():
            return comparisons([finding])
        case Growth():
            return growth(finding)
        case Table():
            return "\n".join(table(finding.head, finding.rows))
        case _:
            return finding


def comparisons(some: Iterable[Finding]) -> str:
    """A table with a line for each."""
    return "\n".join(table(HEAD, [one.cells() for one in some if isinstance(one, Comparison)]))


def growth(found: Growth) -> str:
    """How it grows, in words and a table."""
    slope, low, high = found.slope()
    rows = [
        (f"{size:,}", f"{middle * 1000:.3g}", f"{low_ * 1000:.3g} to {high_ * 1000:.3g}")
        for size, seconds in zip(found.sizes, found.seconds, strict=True)
        for low_, middle, high_ in [np.quantile(seconds, (0, 0.5, 1))]
    ]
    return (
        f"How it grows, {found.what}: as the {found.unit} to the power of {slope:.2f} "
        f"({low:.2f} to {high:.2f}).\n\n"
        + "\n".join(table((found.unit, "ms, median", "least to most"), rows))
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Its lines."""
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


def write_page(path: Path, sections: Sequence[Section], foot: str) -> None:
    """Write the page, and its plots into a folder of its name beside it."""
    plots = plots_folder(path)
    plot_ratios(sections, plots / "ratios.svg")
    plot_growth(sections, plots / "growth.svg")
    page = page_template("benchmarks", TEMPLATE)
    path.write_text(page.render(sections=sections, plots=plots.name, foot=foot))


def plot_ratios(sections: Sequence[Section], path: Path) -> None:
    """How many times as fast ours is, of each comparison with something that is not ours."""
    found = [
        (f"{finding.what} / {finding.against}".replace("`", ""), finding)
        for section in sections
        for finding in section.findings
        if isinstance(finding, Comparison)
        and section.name in ("reading", "drawing", "solving")
        and finding.key not in AMONG_OURS
    ]
    figure = Figure(figsize=(9, 0.6 + 0.3 * len(found)), layout="constrained")
    axes = figure.subplots()
    for row, (_, finding) in enumerate(found):
        faster = finding.seconds[:, 1] / finding.seconds[:, 0]
        low, middle, high = np.quantile(faster, (0.25, 0.5, 0.75))
        axes.plot((low, high), (row, row), color=BLUE["color"], linewidth=3, alpha=0.4)
        axes.plot(middle, row, linestyle="none", **BLUE)
    axes.axvline(1, color="0.7", linewidth=1)
    axes.set(xscale="log", xlabel="Times as fast (median and quartiles)")
    axes.set_yticks(range(len(found)), [name for name, _ in found], fontsize=8)
    axes.invert_yaxis()
    clear(axes)
    axes.grid(axis="x", color="0.92")
    save(figure, path)


def plot_growth(sections: Sequence[Section], path: Path) -> None:
    """Seconds by how much there is to do, for each that was measured so."""
    found = [growth for section in sections for growth in section.growths]
    if not found:
        return
    figure = Figure(figsize=(9, 2.2 * -(-len(found) // 3) + 0.3), layout="constrained")
    places = figure.subplots(-(-len(found) // 3), 3, squeeze=False)
    for axes, one in zip(places.flat, found, strict=False):
        medians = np.median(one.seconds, axis=1)
        axes.plot(one.sizes, medians, **BLUE)
        axes.set(xscale="log", yscale="log", xlabel=one.unit, ylabel="s")
        axes.set_xticks(one.sizes, [f"{size:,}" for size in one.sizes])
        axes.set_yticks(medians, [f"{median:.2g}" for median in medians])
        axes.minorticks_off()
        axes.set_title(f"{one.what}, slope {one.slope()[0]:.2f}", fontsize=8)
        clear(axes)
    for axes in places.flat[len(found) :]:
        axes.remove()
    save(figure, path)
