"""`python -m capslice.training.learning`: one round, as `capslice learn` starts it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from capslice import command_line


@click.command()
@click.argument("evidence", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--start",
    metavar="DIR",
    default="general",
    show_default=True,
    help="Folder of the round or fit whose weights to start from, or `general`.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write the round to.",
)
@click.option("--steps", type=click.IntRange(1), help="Steps of the fit  [default: by figures].")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--threads",
    type=click.IntRange(1),
    help="Threads that compute  [default: all cores].",
)
def main(
    evidence: Path, start: str, out: Path, steps: int | None, seed: int, threads: int | None
) -> None:
    """Fit to the folder EVIDENCE in one round of learning, and export the model.

    The folder has pictures, labels.csv (accepted answers and labels), and maybe rejected.csv and
    guessed.csv. The last line printed is the result as JSON.
    """
    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow(threads)
    from capslice.training.learning.learning_round import STEPS, Settings, run_round

    settings = Settings(start, steps=steps or STEPS, seed=seed)
    click.echo(json.dumps(run_round(evidence, settings, out)))


if __name__ == "__main__":
    command_line.run(main)
