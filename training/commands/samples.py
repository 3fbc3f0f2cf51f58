"""`capslice samples`."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import PATH, captcha_option


@click.command()
@config_option
@captcha_option
@click.option("--count", type=click.IntRange(1), default=48, help="Number of pictures.")
@click.option("--out", type=PATH, default=Path("samples.png"), help="File for the sheet.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, help="The same seed gives the same pictures."
)
def samples(captcha: str, count: int, out: Path, seed: int) -> None:
    """Draw a sheet of captchas to look at.

    Each picture has its text below it.

    Example: capslice samples --captcha varied --out samples.png
    """
    import numpy as np

    from capslice.models.sheet import write_sheet
    from capslice.training.pictures import captcha_named, draw_set

    drawn = draw_set(captcha_named(captcha), count, np.random.default_rng(seed))
    tiles = [
        (picture, [(text, False)])
        for picture, text in zip(drawn.pictures, drawn.texts, strict=True)
    ]
    write_sheet(tiles, out)
    click.echo(f"{count} captchas drawn on {out}")
