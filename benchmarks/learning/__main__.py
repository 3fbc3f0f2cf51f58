"""`python -m benchmarks.learning FOLDER`: simulates `capslice learn` on a folder of pictures."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from benchmarks.learning.simulation import Point, Simulation
from benchmarks.learning.site import Site
from capslice import command_line
from capslice.agent.learning.steps import Rhythm
from capslice.training.commands.options import PositiveIntegers

COUNT = click.IntRange(1)
AMOUNT = click.IntRange(0)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--submissions",
    type=AMOUNT,
    default=3000,
    show_default=True,
    help="Answers to send; 0 fits only to the labels made by hand.",
)
@click.option(
    "--by-hand",
    type=AMOUNT,
    default=0,
    show_default=True,
    help="Labels made by hand before the first answer.",
)
@click.option(
    "--test", type=COUNT, default=400, show_default=True, help="Pictures kept for the test."
)
@click.option(
    "--sizes",
    type=PositiveIntegers(","),
    default=Rhythm().sizes,
    help="Answers before the first fit, the second, and so on  [default: as `learn`].",
)
@click.option("--keep-case", is_flag=True, help="The site minds the case of letters.")
@click.option("--steps", type=COUNT, help="Of a fit  [default: by the number of labels].")
@click.option(
    "--rejected-share",
    type=command_line.NumberRange(0, 1, max_open=True),
    help="Share of each step that shows rejected texts  [default: as `learn`].",
)
@click.option("--threads", type=COUNT, help="Threads of a fit  [default: all cores].")
@click.option("--seed", type=AMOUNT, default=1, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="New folder to keep the evidence and the rounds in  [default: none].",
)
def main(
    folder: Path,
    submissions: int,
    by_hand: int,
    test: int,
    sizes: tuple[int, ...],
    keep_case: bool,
    steps: int | None,
    rejected_share: float | None,
    threads: int | None,
    seed: int,
    out: Path | None,
) -> None:
    """Answer the captchas of FOLDER and fit in rounds; print what is read after each as Markdown.

    The folder has labelled pictures, of which each is shown once. Without enough pictures, the
    simulation ends early.
    """
    options = ["--seed", str(seed), *([] if keep_case else ["--ignore-case"])]
    of_fits: dict[str, float | None] = {
        "--steps": steps,
        "--rejected-share": rejected_share,
        "--threads": threads,
    }
    for name, value in of_fits.items():
        options += [] if value is None else [name, str(value)]
    with ExitStack() as stack:
        out = out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = Site.of_folder(folder, out / "evidence", test, seed, fold=not keep_case)
        simulation = Simulation(site, out, submissions, sizes, by_hand, options)
        click.echo("| submissions | labels | accepted | of the test right | minutes of fits |")
        click.echo("|--:|--:|--:|--:|--:|")
        for point in simulation.run():
            click.echo(row(point))


def row(point: Point) -> str:
    """The row of a point."""
    accepted = f"{point.accepted.value:.2f}" if point.accepted else ""
    low, high = point.test.interval
    test = f"{point.test.value:.3f} ({low:.3f} to {high:.3f})"
    return (
        f"| {point.submissions:,} | {point.labels:,} | {accepted} | {test} | "
        f"{point.seconds / 60:.1f} |"
    )


if __name__ == "__main__":
    command_line.run(main)
