"""`python -m benchmarks [--quick] [NAME...]`: run all benchmarks, or the named ones.

Each benchmark is a module of this folder with a function `run`, which yields its findings in
reading order.
"""

from __future__ import annotations

import sys
import tomllib
from importlib import import_module
from pathlib import Path

import click

from benchmarks.measure import Comparison, Skipped
from benchmarks.page import Section, markdown, write_page
from capslice.training.machine import commit, machine
from capslice.training.pages import plots_folder

NAMES = (
    "reading", "reading_many", "drawing", "fitting", "steps", "labelling", "solving", "startup",
)  # fmt: skip
PACKAGES = ("capslice", "numpy", "pillow", "onnxruntime", "playwright", "tensorflow")
THRESHOLDS = Path(__file__).with_name("thresholds.toml")


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option("--quick", is_flag=True, help="Run briefly; fail if a ratio exceeds its threshold.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Markdown page to write."
)
def main(names: tuple[str, ...], quick: bool, report: Path | None) -> None:
    """Time two ways of doing the same thing, in turns, and print their ratios as Markdown.

    A ratio below 1 means that the first way is faster. Each is the median over n pairs, with its
    quartiles and its 95th percentile.
    """
    if report:
        plots_folder(report)
    sections = []
    for name in names or NAMES:
        module = import_module(f"benchmarks.{name}")
        section = Section(name, module.__doc__ or "", [])
        click.echo(f"## {name}")
        try:
            for finding in module.run(quick):
                section.findings.append(finding)
                click.echo(f"\n{markdown(finding)}")
        except Skipped as reason:
            click.echo(f"\nskipped: {reason}")
        click.echo()
        sections.append(section)
    foot = f"commit {commit()}, {machine(PACKAGES)}"
    click.echo(foot)
    if report:
        command = f"python -m benchmarks {' '.join(sys.argv[1:])}"
        write_page(report, sections, f"Written by `{command}`, at {foot}.")
    if quick and (slow := too_slow(sections, tomllib.loads(THRESHOLDS.read_text()))):
        raise click.ClickException("; ".join(slow))


def too_slow(sections: list[Section], thresholds: dict[str, dict[str, float]]) -> list[str]:
    """Describe the ratios that exceed their thresholds."""
    return [
        f"{section.name}.{finding.key}: {finding.name} takes {finding.ratio:.3g} of "
        f"{finding.baseline}, more than the {limit:g} of {THRESHOLDS.name}"
        for section in sections
        for finding in section.findings
        if isinstance(finding, Comparison)
        and finding.ratio > (limit := thresholds[section.name][finding.key])
    ]


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
