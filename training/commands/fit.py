"""`capslice fit`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capslice import command_line
from capslice.training.commands.defaults import config_option
from capslice.training.commands.fit_pictures import FROM_FOLDER, load_captcha_and_pictures
from capslice.training.commands.options import (
    FOLDER,
    PATH,
    CaptchaName,
    LengthRange,
    PositiveIntegers,
)
from capslice.training.commands.recipe_options import (
    GENERAL,
    OF_NETWORK,
    SHARE,
    make_recipe,
    recipe_options,
)
from capslice.training.learning.settings import REJECTED_SHARE

if TYPE_CHECKING:
    from capslice.training.judging.cross_validation import FitReport

NOTHING = "none"  # for --warm-start
SAMPLES = 200  # captchas that choose the networks


@click.command()
@config_option
@click.option(
    "--captcha",
    type=CaptchaName(FROM_FOLDER),
    default="ellipses",
    help="Captcha to learn, as for `generate`; or `folder`, if there are only the pictures of "
    "--data.",
)
@click.option(
    "--data", type=FOLDER, help="Folder of labelled pictures  [default: draw --count pictures]."
)
@click.option(
    "--labels",
    type=PATH,
    help="CSV file with the columns file and text  [default: labels.csv in the folder, and the "
    "names of the files].",
)
@click.option("--fold-case", is_flag=True, help="Turn capitals in labels into small letters.")
@click.option(
    "--length",
    type=LengthRange(),
    help="With --captcha folder, number of characters, such as 5 or 4-6; pictures of --data with "
    "other labels are skipped  [default: all lengths but rare ones].",
)
@click.option(
    "--strict", is_flag=True, help="Fail at pictures and characters that it would only warn of."
)
@click.option(
    "--count",
    type=click.IntRange(3),
    default=12_500,
    help="Number of pictures to draw; with --augment, pictures in an epoch.",
)
@click.option(
    "--stream/--fixed",
    default=True,
    help="Draw the training part anew in each epoch; this has no effect on --data.",
)
@click.option(
    "--pool",
    type=click.IntRange(3),
    help="Draw so many pictures once, and augment them in each epoch.",
)
@click.option(
    "--augment/--no-augment",
    default=None,
    help="Turn, bend and dirty the pictures of --data a little in each epoch  [default: only "
    "with --captcha folder].",
)
@click.option(
    "--split",
    type=PositiveIntegers(":", 3),
    default="8:1:1",
    help="Proportions of the training, validation and test parts.",
)
@click.option(
    "--split-by",
    type=click.Choice(["chance", "time"]),
    default="chance",
    help="With `time`, the last pictures of labels.csv are the validation and test parts.",
)
@click.option(
    "--rejected-share",
    type=SHARE,
    default=REJECTED_SHARE,
    show_default=True,
    help="Share of each batch that shows texts of rejected.csv, which the fit makes less probable.",
)
@click.option(
    "--general-share",
    type=SHARE,
    default=0.0,
    help="With --warm-start general, share of each batch that is drawn as for `general`, so that "
    "other captchas stay known.",
)
@click.option(
    "--cross-validation",
    metavar="FOLDS",
    type=click.IntRange(2),
    help="Fit so many times, so that each picture of --data is tested once.",
)
@click.option(
    "--learning-curve",
    is_flag=True,
    help="Fit to a quarter and to half of --data as well, and estimate how many pictures would "
    "bring 90 % and 99 %.",
)
@click.option(
    "--warm-start",
    metavar="DIR",
    help="Start from the weights of the fit in this folder, from those of the shipped reader "
    "`general`, or from `none`  [default: `general` with --captcha folder].",
)
@click.option("--out", type=FOLDER, default=Path("fitted"), help="Folder to write the fit to.")
@click.option("--overwrite", is_flag=True, help="Replace the fit that is in the folder.")
@click.option("--resume", is_flag=True, help="Continue the interrupted fit in the folder.")
@recipe_options
@click.option(
    "--threads",
    type=click.IntRange(1),
    help="Threads that compute; the same number gives the same weights  [default: all cores].",
)
@click.option("--tensorboard", type=FOLDER, help="Folder to write logs for TensorBoard to.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fit(
    captcha: str,
    data: Path | None,
    labels: Path | None,
    fold_case: bool,
    length: tuple[int, int] | None,
    strict: bool,
    count: int,
    stream: bool,
    pool: int | None,
    augment: bool | None,
    split: tuple[int, ...],
    split_by: str,
    rejected_share: float,
    general_share: float,
    cross_validation: int | None,
    learning_curve: bool,
    warm_start: str | None,
    out: Path,
    overwrite: bool,
    resume: bool,
    threads: int | None,
    tensorboard: Path | None,
    as_json: bool,
    **recipe: Any,
) -> int | None:
    """Train a network to read a captcha.

    It learns from captchas that it draws, or from labelled pictures of --data. Ctrl-C ends the
    fit early (exit status 130) and keeps the best weights so far; so do SIGTERM and SIGHUP.
    --resume continues it.

    Example: capslice fit --data data --out fitted
    """
    from_general = warm_start == GENERAL or (
        warm_start is None
        and captcha == FROM_FOLDER
        and all(recipe[name] is None for name in OF_NETWORK)
    )
    # TensorFlow takes seconds to load, so pictures are checked before.
    kind, pictures, evidence = load_captcha_and_pictures(
        captcha,
        data,
        labels,
        fold_case,
        length,
        general=from_general,
        general_characters=general_share > 0,
        strict=strict,
    )

    click.echo("loading TensorFlow, which takes some seconds", err=True)
    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow(threads)
    import numpy as np

    from capslice.training.fitting.data_sources import (
        DataSource,
        Other,
        general_drawings,
        of_evidence,
    )
    from capslice.training.fitting.progress import FitProgress, tensorboard_log
    from capslice.training.fitting.warm_start import WarmStart
    from capslice.training.judging.cross_validation import CrossValidation
    from capslice.training.pictures import draw_set, with_even_middles

    start = None
    if from_general:
        start = WarmStart.general()
        click.echo(
            "starting from the general reader, `general` (--warm-start none starts anew)", err=True
        )
    elif warm_start and warm_start != NOTHING:
        start = WarmStart.of_fit(Path(warm_start))
    samples = pictures or draw_set(kind, SAMPLES, np.random.default_rng(recipe["seed"]))
    made = make_recipe(kind, samples, start, **recipe)
    if pictures and pictures.middles is None and made.networks == "columns" and not start:
        pictures = with_even_middles(pictures)
    others: list[Other] = []
    if start and made.networks == "columns" and evidence:
        others += of_evidence(evidence, rejected_share)
    elif evidence and (evidence.rejected or evidence.guessed):
        click.echo(
            "only a warm start of --networks columns learns from rejected.csv and guessed.csv: "
            "they have no effect",
            err=True,
        )
    if general_share:
        others.append((general_drawings(kind), general_share))
    source = DataSource(
        kind,
        pictures,
        count=count,
        split=split,
        stream=stream,
        pool=pool,
        augment=captcha == FROM_FOLDER if augment is None else augment,
        others=tuple(others),
        by_time=split_by == "time",
        watch=lambda batches, total: command_line.follow(batches, total, "drawing"),
    )
    progress = FitProgress()
    validation = CrossValidation(
        source,
        made,
        out,
        warm_start=start,
        overwrite=overwrite,
        resume=resume,
        callbacks=[progress, *([tensorboard_log(tensorboard)] if tensorboard else [])],
        notify=partial(click.echo, err=True),
    )
    try:
        with command_line.interrupted_by_signals() as statuses:
            report = validation.run(cross_validation, learning_curve)
    finally:
        progress.close()
    click.echo(json.dumps(report.as_json(), indent=2) if as_json else as_text(report, out))
    return (*statuses, command_line.INTERRUPTED)[0] if report.interrupted else None


def as_text(report: FitReport, out: Path) -> str:
    """The result of a fit, for people."""
    right, last = report.captchas, report.fits[-1]
    low, high = right.interval
    lines = [
        f"{'interrupted' if last.interrupted else 'fitted'} after {last.epochs} epochs on "
        f"{last.fitted_on} captchas; {right.value:.4f} of {right.of} test captchas right "
        f"(95 % interval {low:.4f} to {high:.4f}), {report.character_accuracy:.4f} of their "
        f"characters; kept in {out}"
    ]
    if report.by_length:
        rates = ", ".join(f"{length}: {rate}" for length, rate in report.by_length.items())
        lines.append(f"captchas right by number of characters: {rates}")
    if report.misread:
        lines.append(f"{report.sheet}: the worst of {report.misread} misread pictures")
    if report.curve:
        points = ", ".join(f"{point.right} with {point.pictures}" for point in report.curve)
        lines.append(f"captchas right: {points}")
        lines += [f"for {100 * each.accuracy:.0f} %: {each}" for each in report.needed]
    if report.advice:
        lines.append(report.advice)
    return "\n".join(lines)
