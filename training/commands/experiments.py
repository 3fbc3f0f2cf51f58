"""The command that repeats the article's experiments."""

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
@click.option(
    "--list", "listing", is_flag=True, help="List the experiments and their numbers of parameters."
)
@click.option("--quick", is_flag=True, help="Run in miniature, to check that everything works.")
@click.option("--fresh", is_flag=True, help="Repeat finished runs too.")
@click.option(
    "--out", type=FOLDER, default=Path("experiments"), help="Folder that keeps the outcomes."
)
@click.option(
    "--report", type=PATH, help="Markdown page to write, with plots; it needs all experiments."
)
@click.option(
    "--ray",
    metavar="[ADDRESS]",
    is_flag=False,
    flag_value="local",
    help="Run on the Ray cluster at this address, or start one on this machine.",
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
    """Repeat the article's experiments, and more.

    The command runs the named experiments, or all of them. It keeps finished runs, and continues
    interrupted ones.

    Example: capslice experiments first dense-128
    """
    from capslice.training.experiments.on_ray import run_on_ray
    from capslice.training.ray_cluster import THREADS
    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow(THREADS)
    from capslice.training.experiments.catalogue import EXPERIMENTS
    from capslice.training.experiments.report import write_report
    from capslice.training.experiments.runs import Failure, RunFolder, run_locally
    from capslice.training.pages import plots_folder
    from capslice.training.pictures import EllipseCaptcha

    if unknown := [name for name in names if name not in EXPERIMENTS]:
        raise TrainingError(
            f"there is no experiment {unknown[0]!r}; there are {', '.join(EXPERIMENTS)}"
        )
    if listing:
        captcha = EllipseCaptcha()
        for name in names or EXPERIMENTS:
            click.echo(f"{name:16}{EXPERIMENTS[name].parameters(captcha):>10,}")
        return
    defined = {
        name: experiment.miniature() if quick else experiment
        for name, experiment in EXPERIMENTS.items()
    }
    out = out / "quick" if quick else out
    runs = RunFolder(out, [defined[name] for name in names or defined])
    if report:
        plots_folder(report)
    if fresh:
        runs.clear()
    failures = []
    results = run_on_ray(runs, ray) if ray else run_locally(runs)
    for result in command_line.follow(results, len(runs.missing()), "experiments"):
        if isinstance(result, Failure):
            failures.append(result)
            click.echo(f"{result.run.name} failed: {result.reason}", err=True)
        else:
            fit = result.fit
            click.echo(
                f"{result.run.name}: {fit.character_accuracy:.4f} of characters, "
                f"{fit.captcha_accuracy:.4f} of captchas right, in {fit.seconds:.0f} s"
            )
    if failures:
        raise TrainingError(
            f"{len(failures)} of {len(runs.runs)} runs failed, {failures[0].run.name} first; "
            f"{out} keeps the outcomes of the others"
        )
    if report:
        write_report(RunFolder(out, defined.values()), report, command_line.as_typed())
        click.echo(f"{report} written")
