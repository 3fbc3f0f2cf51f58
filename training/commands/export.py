"""`capslice export`."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import FOLDER, PATH, CaptchaName


@click.command()
@config_option
@click.argument("fitted", type=FOLDER, default=Path("fitted"))
@click.option("--out", type=PATH, default=Path("mine.onnx"), help="Model file to write.")
@click.option(
    "--test-pictures",
    type=click.IntRange(1),
    default=2000,
    help="Number of fresh pictures to measure the accuracy on.",
)
@click.option("--test-seed", type=click.IntRange(0), default=3000, help="Seed of these pictures.")
@click.option(
    "--test-captcha",
    type=CaptchaName(),
    help="Captcha of these pictures  [default: that of the fit, in fonts that it has not seen].",
)
@click.option(
    "--int8/--float",
    default=True,
    help="Compute the convolutions in 8-bit integers, or in floats as the fit did.",
)
@click.option(
    "--tta/--no-tta",
    default=None,
    help="Let readers read an unsure picture again, moved by pixels, if that helps  "
    "[default: tta, but not where the network reads columns, which takes three times as long].",
)
@click.option(
    "--average",
    "averaged",
    type=FOLDER,
    multiple=True,
    help="Average the weights with those of the fit in this folder. Can be repeated.",
)
@click.option(
    "--weights", type=PATH, help="File for the weights too, in float16, for the general reader."
)
@click.option("--json", "as_json", is_flag=True, help="Print the model's card as JSON.")
def export(
    fitted: Path,
    out: Path,
    test_pictures: int,
    test_seed: int,
    test_captcha: str | None,
    int8: bool,
    tta: bool | None,
    averaged: tuple[Path, ...],
    weights: Path | None,
    as_json: bool,
) -> None:
    """Export a fit to one ONNX file.

    FITTED is the folder of the fit, `fitted` by default. The file holds a card that describes the
    model. It is only written if ONNX Runtime computes the same probabilities as Keras; with --int8,
    nearly the same.

    Example: capslice export fitted --out mine.onnx
    """
    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow()
    from capslice.training.exporting.export import export as export_model
    from capslice.training.fitting.fit_result import Fit
    from capslice.training.pictures import captcha_named

    card = export_model(
        Fit.load(fitted).load_captcha(),
        fitted,
        out,
        test_pictures=test_pictures,
        test_seed=test_seed,
        test_captcha=captcha_named(test_captcha) if test_captcha else None,
        numbers="int8" if int8 else "float32",
        tta=tta,
        averaged=averaged,
        weights_out=weights,
    )
    if as_json:
        click.echo(card.as_json(indent=2))
    else:
        click.echo(
            f"{out}: {out.stat().st_size / 1000:.0f} kB, {card.parameters:,} parameters; "
            f"{card.accuracy.captchas_right} of {card.accuracy.pictures} held-out captchas right"
        )
