"""`python -m benchmarks [--quick] [NAME...]`: run all benchmarks or those named, print a table."""

from __future__ import annotations

from importlib import import_module

import click

from benchmarks.measure import Comparison, Skipped
from training.machine import machine

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
    for note in filter(None, (*notes, machine(PACKAGES))):
        click.echo(f"\n{note}")


def row(name: str, comparison: Comparison) -> str:
    """One line of the table."""
    return f"| {' | '.join((name, *comparison.cells()))} |"


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
