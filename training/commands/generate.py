"""`capslice generate`."""

from __future__ import annotations

from pathlib import Path

import click

from capslice import command_line
from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import FOLDER, captcha_option


@click.command()
@config_option
@captcha_option
@click.option("--count", type=click.IntRange(1), default=2000, help="Number of pictures.")
@click.option(
    "--out", type=FOLDER, default=Path("data"), help="Folder to write to; its files are kept."
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, help="The same seed gives the same pictures."
)
def generate(captcha: str, count: int, out: Path, seed: int) -> None:
    """Draw labelled captchas into a folder.

    The files are named <text>-<random>.png. If the captcha has a character that file names cannot
    hold, such as a slash or a dash, the texts are in labels.csv. No file is ever overwritten.

    Example: capslice generate --count 2000 --out data --seed 1
    """
    import numpy as np

    from capslice.models.labels import LABELS_FILE, fits_names
    from capslice.training.pictures import captcha_named
    from capslice.training.pictures import generate as generate_files

    kind = captcha_named(captcha)
    paths = generate_files(kind, out, count, np.random.default_rng(seed))
    for _ in command_line.follow(paths, count, "drawing"):
        pass
    click.echo(f"{count} captchas drawn into {out}")
    if not fits_names(kind.charset):
        click.echo(
            f"their texts are in {out / LABELS_FILE}, because file names cannot hold every "
            f"character of {kind.charset}"
        )
