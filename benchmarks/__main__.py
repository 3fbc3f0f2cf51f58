"""`python -m benchmarks [--quick] [NAME...]`: run all benchmarks or those named, print a table."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks.measure import Comparison, Skipped

NAMES = ("drawing", "imports", "reading", "solving")
PACKAGES = ("capslice", "numpy", "pillow", "onnxruntime", "playwright")
HEADING = (
    "| benchmark | what | against what | median ratio (quartiles) | ms | ms, against | n |\n"
    "|---|---|---|--:|--:|--:|--:|"
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option("--quick", is_flag=True, help="Fewer repetitions.")
def main(names: tuple[str, ...], quick: bool) -> None:
    """Time two ways of doing the same, in turns, and print the ratios as Markdown.

    A ratio below 1 says that the first way is faster. Each is the median over n
    pairs; the times are medians too.
    """
    notes = []
    click.echo(HEADING)
    for name in names or NAMES:
        try:
            for comparison in import_module(f"benchmarks.{name}").compare(quick):
                click.echo(row(name, comparison))
                notes.append(comparison.note)
        except Skipped as reason:
            click.echo(f"| {name} | skipped: {reason} | | | | | |")
    for note in filter(None, (*notes, machine())):
        click.echo(f"\n{note}")


def row(name: str, comparison: Comparison) -> str:
    """One line of the table."""
    return f"| {' | '.join((name, *comparison.cells()))} |"


def machine() -> str:
    """The versions of what was measured, and the processor that it ran on."""
    versions = (f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"Python {platform.python_version()}, {', '.join(versions)}; "
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    )


def processor() -> str:
    """Its name; Linux tells it only in a file."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
