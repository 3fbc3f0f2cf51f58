"""Commands that make a model: fit a reader, and export it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models import command_line
from training.commands.defaults import config_option
from training.commands.options import FOLDER, PATH, CaptchaName
from training.errors import TrainingError

if TYPE_CHECKING:
    from training.learning.networks import NetworkShape
    from training.pictures import Captcha, DataSet

FOLDERS = "folder"


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
@click.option("--strict", is_flag=True, help="A file that cannot be used is an error.")
@click.option("--count", type=click.IntRange(3), default=12_500, help="Pictures without --data.")
@click.option(
    "--stream/--fixed",
    default=True,
    help="Draw the training part afresh in each epoch; --data never does.",
)
@click.option("--shares", default="8:1:1", help="Training, validation and test parts.")
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
    default="shared",
    help="One network for all slices, one each, or one that sees the whole picture.",
)
@click.option("--blocks", type=click.IntRange(1), help="Convolution and pooling [default: all].")
@click.option("--filters", help="Of the blocks, one after the other [default: by --networks].")
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
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    help="Share of dense units left out in training.",
)
@click.option("--epochs", type=click.IntRange(1), default=20, help="Rounds through the pictures.")
@click.option("--batch", type=click.IntRange(1), default=32, help="Captchas a step.")
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    default=2e-3,
    help="At first; it falls to 0 (Adam, cosine).",
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
    strict: bool,
    count: int,
    stream: bool,
    shares: str,
    out: Path,
    overwrite: bool,
    resume: bool,
    slices: str | None,
    networks: Any,
    blocks: int | None,
    filters: str | None,
    strided: int,
    normalised: bool,
    dense: int | None,
    dropout: float,
    epochs: int,
    batch: int,
    learning_rate: float,
    teach: float,
    seed: int,
    tensorboard: Path | None,
    as_json: bool,
) -> int | None:
    """Fit a reader to captchas that are drawn as it learns, or to a labelled folder.

    Ctrl-C ends it early (exit status 130) and keeps the best so far; --resume goes on from there.

    Example: captcha-training fit --data data --out fitted
    """
    import numpy as np

    from training.learning.fit import Parts, Recipe
    from training.learning.fit import fit as fit_reader
    from training.learning.progress import FitProgress, tensorboard_log
    from training.pictures import Stream, divide, draw_set

    kind, pictures = captcha_and_pictures(captcha, data, labels, strict=strict)
    rng = np.random.default_rng(seed)
    parted = positive_integers(shares, ":", 3)
    if pictures:
        parts = Parts(*pictures.split(rng, parted))
    elif stream:
        learned, *judged = divide(count, parted)
        unseen = kind.unseen()
        judging = (draw_set(unseen, part, rng) for part in judged)
        parts = Parts(Stream(kind, seed, learned), *judging)
    else:
        parts = Parts(*draw_set(kind, count, rng).split(rng, parted))
    recipe = Recipe(
        slices=slices,
        networks=networks,
        shape=shape_of(
            networks,
            blocks=blocks,
            filters=filters,
            dense=dense,
            dropout=dropout,
            strided=strided,
            normalised=normalised,
        ),
        epochs=epochs,
        batch=batch,
        learning_rate=learning_rate,
        teach=teach,
        seed=seed,
    )
    progress = FitProgress()
    callbacks = [progress, *([tensorboard_log(tensorboard)] if tensorboard else [])]
    try:
        result = fit_reader(
            kind, parts, recipe, out, overwrite=overwrite, resume=resume, callbacks=callbacks
        )
    finally:
        progress.close()
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=2))
    else:
        click.echo(
            f"{'interrupted' if result.interrupted else 'fitted'} after {result.epochs} epochs on "
            f"{result.fitted_on} captchas; of {result.tested_on} others "
            f"{result.captcha_accuracy:.4f} right, {result.digit_accuracy:.4f} a digit; "
            f"kept in {out}"
        )
    return command_line.INTERRUPTED if result.interrupted else None


def captcha_and_pictures(
    name: str, data: Path | None, labels: Path | None, *, strict: bool
) -> tuple[Captcha, DataSet | None]:
    """What is to be learned, and from which pictures, if they are there already.

    Says what was skipped. Raises TrainingError where there is no such captcha, or no such folder.
    """
    from training.pictures import FolderCaptcha, Look, captcha_named, labels_of, load

    if data is None:
        if name == FOLDERS or labels:
            raise TrainingError("for pictures that are there already, give their folder as --data")
        return captcha_named(name), None
    found = labels_of(data, labels)
    kind = FolderCaptcha(Look.at(found)) if name == FOLDERS else captcha_named(name)
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
    return kind, report.data


def shape_of(
    networks: str, *, blocks: int | None, filters: str | None, dense: int | None, **others: Any
) -> NetworkShape:
    """The shape that the options of `fit` ask for; what is None is as usual for `networks`."""
    from training.learning.networks import SMALL, WHOLE, NetworkShape

    usual = WHOLE if networks == "whole" else SMALL
    numbers = positive_integers(filters, ",") if filters else usual.filters
    return NetworkShape(
        blocks=blocks or len(numbers), dense=dense or usual.dense, filters=numbers, **others
    )


def positive_integers(text: str, separator: str, count: int | None = None) -> tuple[int, ...]:
    """The numbers of an option such as 2:1:1. Raises TrainingError where it is none."""
    parts = text.split(separator)
    if not all(part.isdecimal() and int(part) for part in parts) or len(parts) != (
        count or len(parts)
    ):
        raise TrainingError(
            f"{text!r} is not {count or 'a list of'} positive integers separated by {separator!r}"
        )
    return tuple(map(int, parts))


@click.command()
@config_option
@click.argument("fitted", type=FOLDER, default=Path("fitted"))
@click.option("--out", type=PATH, default=Path("mine.onnx"), help="The model file.")
@click.option("--test-pictures", type=click.IntRange(1), default=2000, help="To measure it on.")
@click.option("--test-seed", type=click.IntRange(0), default=3000, help="That draws them.")
@click.option(
    "--test-captcha",
    type=CaptchaName(),
    help="What to measure it on [default: the captcha of the fit, in fonts it has not seen].",
)
@click.option(
    "--int8/--float",
    default=True,
    help="Convolve in whole numbers of eight bits, or as the fit did.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
def export(
    fitted: Path,
    out: Path,
    test_pictures: int,
    test_seed: int,
    test_captcha: str | None,
    int8: bool,
    as_json: bool,
) -> None:
    """Export a fit to one ONNX file.

    The file carries a card, and appears only if it computes what Keras computes; in eight
    bits, nearly.

    Example: captcha-training export fitted --out mine.onnx
    """
    from training.learning.export import export as export_model
    from training.learning.fit import Fit
    from training.pictures import captcha_named

    card = export_model(
        Fit.load(fitted).captcha_itself(),
        fitted,
        out,
        test_pictures=test_pictures,
        test_seed=test_seed,
        test_captcha=captcha_named(test_captcha) if test_captcha else None,
        numbers="int8" if int8 else "float32",
    )
    if as_json:
        click.echo(card.as_json(indent=2))
    else:
        click.echo(
            f"{out}: {out.stat().st_size / 1000:.0f} kB, {card.parameters:,} parameters; read "
            f"{card.accuracy.captchas_right} of {card.accuracy.pictures} fresh captchas right"
        )
