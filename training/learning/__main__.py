"""`python -m capslice.training.learning`: one round, as `capslice learn` starts it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from capslice import command_line
from capslice.training.learning.settings import (
    BATCH,
    FEWEST_STEPS,
    GENERAL,
    MOST_STEPS,
    PASSES,
    Settings,
)

SHARE = command_line.NumberRange(0, 1, max_open=True)


@click.command()
@click.argument("evidence", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--start",
    metavar="DIR",
    default=GENERAL,
    show_default=True,
    help="Folder of the round or fit whose weights to start from, or `general`.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write the round to; it must not exist.",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    help=f"Steps of the fit, of {BATCH} pictures each  [default: {PASSES} times the labels, but "
    f"{FEWEST_STEPS} to {MOST_STEPS} steps].",
)
@click.option(
    "--rejected-share",
    type=SHARE,
    default=Settings().rejected_share,
    show_default=True,
    help="Share of each step that shows rejected texts, which the fit makes less probable.",
)
@click.option(
    "--general-share",
    type=SHARE,
    default=Settings().general_share,
    show_default=True,
    help="Share of each step that is drawn as for `general`.",
)
@click.option("--ignore-case", is_flag=True, help="The site ignores the case of letters.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--threads", type=click.IntRange(1), help="Threads that compute  [default: all cores]."
)
@click.option(
    "--fit-on", metavar="ADDRESS", help="Fit on the Ray cluster at this address, not here."
)
def main(
    evidence: Path,
    start: str,
    out: Path,
    steps: int | None,
    rejected_share: float,
    general_share: float,
    ignore_case: bool,
    seed: int,
    threads: int | None,
    fit_on: str | None,
) -> None:
    """Fit to the folder EVIDENCE in one round of learning, and export the model.

    The folder has pictures, labels.csv (accepted answers and labels made by hand), and maybe
    rejected.csv and guessed.csv. The last line printed is the result as JSON.
    """
    settings = Settings(start, steps, rejected_share, general_share, ignore_case, seed)
    if fit_on:
        from capslice.training.learning.on_ray import run_round_on_ray

        result = run_round_on_ray(evidence, settings, out, fit_on)
    else:
        from capslice.training.tensorflow import prepare_tensorflow

        prepare_tensorflow(threads)
        from capslice.training.learning.learning_round import run_round

        result = run_round(evidence, settings, out)
    click.echo(json.dumps(result))


if __name__ == "__main__":
    command_line.run(main)
