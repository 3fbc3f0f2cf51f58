"""The command that fits a reader: what it is told, and what it tells."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capslice import command_line
from capslice.errors import TrainingError
from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import FOLDER, PATH, CaptchaName, PositiveIntegers

if TYPE_CHECKING:
    from capslice.training.fitting.recipe import Recipe
    from capslice.training.judging.cross_validation import Outcome
    from capslice.training.networks.slices import NetworkShape
    from capslice.training.pictures import Captcha, DataSet

FOLDERS = "folder"
SAMPLES = 200  # captchas that are looked at for a recommendation


@click.command()
@config_option
@click.option(
    "--captcha",
    type=CaptchaName(FOLDERS),
    default="ellipses",
    help="As for `generate`; or `folder`: one of which there is only the folder of --data.",
)
@click.option("--data", type=FOLDER, help="Labelled folder [default: draw --count pictures].")
@click.option("--labels", type=PATH, help="CSV file: file, text [default: the files' names].")
@click.option("--fold-case", is_flag=True, help="Take capitals in labels for small letters.")
@click.option("--strict", is_flag=True, help="What cannot be used or learned is an error.")
@click.option(
    "--count", type=click.IntRange(3), default=12_500, help="Pictures that are drawn or varied."
)
@click.option(
    "--stream/--fixed",
    default=True,
    help="Draw the training part afresh in each epoch; --data never does.",
)
@click.option("--pool", type=click.IntRange(3), help="Draw so many once, and vary those afresh.")
@click.option(
    "--vary/--as-they-are",
    default=None,
    help="Turn, bend and dirty the pictures of --data a little  [default: those of a `folder`].",
)
@click.option(
    "--shares",
    type=PositiveIntegers(":", 3),
    default="8:1:1",
    help="Training, validation and test parts.",
)
@click.option("--folds", type=click.IntRange(2), help="Judge by all pictures of --data: so often.")
@click.option(
    "--learning-curve",
    is_flag=True,
    help="Fit to a quarter and to half of --data as well, and say how many would do.",
)
@click.option("--from", "begin", type=FOLDER, help="Folder of an earlier fit to begin with.")
@click.option("--out", type=FOLDER, default=Path("fitted"), help="Folder for the fit.")
@click.option("--overwrite", is_flag=True, help="Replace the fit that is in the folder.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted fit in the folder.")
@click.option(
    "--slices",
    help="`equal` windows about the digits, `even` parts, `seed` (the article's cuts), or `own` "
    "of your captcha  [default: what suits the captcha].",
)
@click.option(
    "--networks",
    type=click.Choice(["shared", "each", "whole"]),
    help="One network for all slices, one each, or one that sees the whole picture  [default: "
    "what samples recommend].",
)
@click.option("--blocks", type=click.IntRange(1), help="Convolution and pooling [default: all].")
@click.option(
    "--filters",
    type=PositiveIntegers(","),
    help="Of the blocks, one after the other [default: by --networks].",
)
@click.option(
    "--strided", type=click.IntRange(0), default=2, help="First blocks that stride, not pool."
)
@click.option(
    "--normalised/--plain", default=True, help="Batch normalisation behind each convolution."
)
@click.option(
    "--dense", type=click.IntRange(1), help="Units of the dense layer [default: by --networks]."
)
@click.option(
    "--context",
    type=click.IntRange(0),
    help="Features by which `whole` finds a digit that are of what is about it [default: 32].",
)
@click.option(
    "--residual", is_flag=True, help="Blocks of `whole` add to what they are given, where they can."
)
@click.option(
    "--peers",
    type=click.IntRange(0),
    default=0,
    help="Features by which `whole` tells a digit that are of all digits of the picture.",
)
@click.option(
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    help="Share of dense units left out in training.",
)
@click.option("--epochs", type=click.IntRange(1), default=20, help="Rounds through the pictures.")
@click.option(
    "--patience",
    type=click.IntRange(0),
    default=0,
    help="Epochs without a better one, after which to end  [default: 0, never].",
    show_default=False,
)
@click.option("--batch", type=click.IntRange(1), help="Captchas a step [default: by --networks].")
@click.option(
    "--optimizer",
    type=click.Choice(["adam", "adamw", "muon", "rmsprop"]),
    help="Kind [default: by --networks].",
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    help="At first; it falls to 0 (cosine) [default: by --optimizer].",
)
@click.option(
    "--warm-up",
    type=click.FloatRange(0, 1, max_open=True),
    help="Share of the steps in which it rises from 0 before that [default: by --networks].",
)
@click.option(
    "--decay",
    type=click.FloatRange(0),
    help="Share of each weight that `adamw` and `muon` take away a step, times the rate "
    "[default: by --networks].",
)
@click.option(
    "--smoothing",
    type=click.FloatRange(0, 1, max_open=True),
    help="How probable it is that a label says nothing [default: by --networks].",
)
@click.option(
    "--teach",
    type=click.FloatRange(0),
    default=0.5,
    help="What it counts where `whole` looks for a digit, where that is known, beside reading.",
)
@click.option("--seed", type=click.IntRange(0), default=1, help="Same seed, same weights.")
@click.option("--tensorboard", type=FOLDER, help="Folder to write logs for TensorBoard to.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fit(
    captcha: str,
    data: Path | None,
    labels: Path | None,
    fold_case: bool,
    strict: bool,
    count: int,
    stream: bool,
    pool: int | None,
    vary: bool | None,
    shares: tuple[int, ...],
    folds: int | None,
    learning_curve: bool,
    begin: Path | None,
    out: Path,
    overwrite: bool,
    resume: bool,
    tensorboard: Path | None,
    as_json: bool,
    **recipe: Any,
) -> int | None:
    """Fit a reader to captchas that are drawn as it learns, or to a labelled folder.

    Ctrl-C ends it early (exit status 130) and keeps the best so far; --resume goes on from there.

    Example: capslice fit --data data --out fitted
    """
    # TensorFlow takes seconds to load: what is wrong with the pictures is said before that.
    kind, pictures = captcha_and_pictures(captcha, data, labels, fold_case, strict=strict)

    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow()
    import numpy as np

    from capslice.training.fitting.data_sources import Source
    from capslice.training.fitting.progress import FitProgress, tensorboard_log
    from capslice.training.judging.cross_validation import Trials
    from capslice.training.pictures import draw_set

    samples = pictures or draw_set(kind, SAMPLES, np.random.default_rng(recipe["seed"]))
    source = Source(
        kind,
        pictures,
        count=count,
        shares=shares,
        stream=stream,
        pool=pool,
        vary=captcha == FOLDERS if vary is None else vary,
        watch=lambda batches, total: command_line.follow(batches, total, "drawing"),
    )
    progress = FitProgress()
    trials = Trials(
        source,
        recipe_of(kind, samples, **recipe),
        out,
        begin=begin,
        overwrite=overwrite,
        resume=resume,
        callbacks=[progress, *([tensorboard_log(tensorboard)] if tensorboard else [])],
        say=partial(click.echo, err=True),
    )
    try:
        outcome = trials.done(folds, learning_curve)
    finally:
        progress.close()
    click.echo(json.dumps(outcome.as_json(), indent=2) if as_json else told(outcome, out))
    return command_line.INTERRUPTED if outcome.interrupted else None


def captcha_and_pictures(
    name: str, data: Path | None, labels: Path | None, fold_case: bool, *, strict: bool
) -> tuple[Captcha, DataSet | None]:
    """What is to be learned, and from which pictures, if they are there already.

    Says what was skipped, and which characters come too rarely. Raises TrainingError where there
    is no such captcha, or no such folder, or under `strict` for what else it would say.
    """
    from capslice.models.labels import labels_of
    from capslice.training.pictures import FolderCaptcha, FolderDescription, captcha_named, load

    if data is None:
        if name == FOLDERS or labels:
            raise TrainingError("for pictures that are there already, give their folder as --data")
        return captcha_named(name), None
    found = labels_of(data, labels, fold_case=fold_case)
    kind = FolderCaptcha(FolderDescription.of(found)) if name == FOLDERS else captcha_named(name)
    report = load(
        kind,
        found,
        strict=strict,
        watch=lambda paths: command_line.follow(paths, len(paths), "loading"),
    )
    for line in report.skipped:
        click.echo(f"skipped {line}", err=True)
    size = "{}x{}".format(*kind.size)
    click.echo(
        f"{len(report.data)} pictures of {kind.length} of {kind.charset} in {size} pixels, "
        f"{len(report.skipped)} files skipped",
        err=True,
    )
    if rare := report.data.rare():
        times = ", ".join(f"{character!r} {often} times" for character, often in rare.items())
        message = f"too rare to be learned well: {times}; label more pictures that show them"
        if strict:
            raise TrainingError(message)
        click.echo(f"warning: {message}", err=True)
    return kind, report.data


def recipe_of(
    kind: Captcha,
    samples: DataSet,
    *,
    slices: str | None,
    networks: Any,
    blocks: int | None,
    filters: tuple[int, ...] | None,
    strided: int,
    normalised: bool,
    dense: int | None,
    context: int | None,
    residual: bool,
    peers: int,
    dropout: float,
    **others: Any,
) -> Recipe:
    """What the options of `fit` ask for; what they leave open, samples or networks tell."""
    from capslice.training.fitting.network_choice import recommend
    from capslice.training.fitting.recipe import Recipe

    def of_shape(usual: NetworkShape) -> NetworkShape:
        return replace(
            usual,
            blocks=blocks or len(filters or usual.filters),
            dense=dense or usual.dense,
            context=usual.context if context is None else context,
            residual=residual,
            peers=peers,
            filters=filters or usual.filters,
            strided=strided,
            normalised=normalised,
            dropout=dropout,
        )

    if networks is None:
        sliced = Recipe.usual("shared").model_copy(update={"slices": slices})
        networks, why = recommend(samples, sliced.slices_of(kind), of_shape(sliced.shape))
        click.echo(f"--networks {networks}: {why}", err=True)
    usual = Recipe.usual(networks, others["optimizer"])
    asked = {name: value for name, value in others.items() if value is not None}
    return usual.model_copy(update={"slices": slices, "shape": of_shape(usual.shape), **asked})


def told(outcome: Outcome, out: Path) -> str:
    """What came of it, for people."""
    right, last = outcome.captchas, outcome.fits[-1]
    low, high = right.interval
    lines = [
        f"{'interrupted' if last.interrupted else 'fitted'} after {last.epochs} epochs on "
        f"{last.fitted_on} captchas; of {right.of} others {right.value:.4f} right "
        f"(95 % interval {low:.4f} to {high:.4f}), {outcome.character_accuracy:.4f} a digit; "
        f"kept in {out}"
    ]
    if outcome.misread:
        lines.append(f"{outcome.sheet}: the worst of {outcome.misread} that were read wrong")
    if outcome.curve:
        points = ", ".join(f"{point.right} with {point.pictures}" for point in outcome.curve)
        lines.append(f"captchas right: {points}")
        lines.append(f"for 99 %: {outcome.needed}")
    return "\n".join(lines)
