"""The command that does the article's experiments again."""

from __future__ import annotations

from pathlib import Path

import click

from capslice import command_line
from capslice.errors import TrainingError
from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import FOLDER, PATH


@click.command()
@config_option
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listing", is_flag=True, help="Name the rows, with their parameters.")
@click.option("--quick", is_flag=True, help="All in miniature, to see that it runs.")
@click.option("--fresh", is_flag=True, help="Run again what was finished and kept.")
@click.option("--out", type=FOLDER, default=Path("experiments"), help="Where outcomes are kept.")
@click.option("--report", type=PATH, help="Write the page and its plots from all rows.")
@click.option(
    "--ray",
    metavar="[ADDRESS]",
    is_flag=False,
    flag_value="local",
    help="Run as Ray tasks, on a cluster, or without an address on one of this machine.",
)
def experiments(
    names: tuple[str, ...],
    listing: bool,
    quick: bool,
    fresh: bool,
    out: Path,
    report: Path | None,
    ray: str | None,
) -> None:
    """Measure the article again, and what it left open.

    What is finished is kept: interrupted, the command goes on where it was.

    Example: capslice experiments first dense-128
    """
    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow()
    from capslice.training.experiments import (
        ROWS,
        Experiments,
        Failure,
        on_ray,
        one_by_one,
        write_report,
    )
    from capslice.training.pages import plots_folder
    from capslice.training.pictures import EllipseCaptcha

    if unknown := [name for name in names if name not in ROWS]:
        raise TrainingError(f"there is no experiment {unknown[0]!r}; there are {', '.join(ROWS)}")
    if listing:
        captcha = EllipseCaptcha()
        for name in names or ROWS:
            click.echo(f"{name:16}{ROWS[name].parameters(captcha):>10,}")
        return
    rows = {name: row.miniature() if quick else row for name, row in ROWS.items()}
    out = out / "quick" if quick else out
    kept = Experiments(out, [rows[name] for name in names or rows])
    if report:
        plots_folder(report)
    if fresh:
        kept.forget()
    failures = []
    done = on_ray(kept, ray) if ray else one_by_one(kept)
    for outcome in command_line.follow(done, len(kept.missing()), "experiments"):
        if isinstance(outcome, Failure):
            failures.append(outcome)
            click.echo(f"{outcome.run.name} failed: {outcome.reason}", err=True)
        else:
            click.echo(
                f"{outcome.run.name}: {outcome.fit.digit_accuracy:.4f} a digit, "
                f"{outcome.fit.captcha_accuracy:.4f} a captcha, in {outcome.fit.seconds:.0f} s"
            )
    if failures:
        raise TrainingError(
            f"{len(failures)} of {len(kept.runs)} runs failed, {failures[0].run.name} the first; "
            f"what came of the others is kept in {out}"
        )
    if report:
        write_report(Experiments(out, rows.values()), report, command_line.as_typed())
        click.echo(f"{report} written")
