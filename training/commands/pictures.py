"""Commands that draw: labelled folders, a sheet to look at, and glyphs of a font."""

from __future__ import annotations

from pathlib import Path

import click

from models import command_line
from training.commands.defaults import config_option
from training.commands.options import FOLDER, PATH, captcha_option


@click.command()
@config_option
@captcha_option
@click.option("--count", type=click.IntRange(1), default=2000, help="How many pictures.")
@click.option("--out", type=FOLDER, default=Path("data"), help="Folder to add them to.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Same seed, same pictures.")
def generate(captcha: str, count: int, out: Path, seed: int) -> None:
    """Draw labelled captchas into a folder.

    Files are named <digits>-<random>.png, and none is ever overwritten.

    Example: captcha-training generate --count 2000 --out data --seed 1
    """
    import numpy as np

    from training.pictures import captcha_named
    from training.pictures import generate as generate_files

    paths = generate_files(captcha_named(captcha), out, count, np.random.default_rng(seed))
    for _ in command_line.follow(paths, count, "drawing"):
        pass
    click.echo(f"{count} captchas drawn into {out}")


@click.command()
@config_option
@captcha_option
@click.option("--count", type=click.IntRange(1), default=48, help="How many pictures.")
@click.option("--out", type=PATH, default=Path("samples.png"), help="The sheet.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Same seed, same pictures.")
def samples(captcha: str, count: int, out: Path, seed: int) -> None:
    """Draw captchas side by side on one sheet, to be looked at.

    Example: captcha-training samples --captcha varied --out samples.png
    """
    import numpy as np

    from models.sheet import write_sheet
    from training.pictures import captcha_named, draw_set

    drawn = draw_set(captcha_named(captcha), count, np.random.default_rng(seed))
    texts = ("".join(drawn.charset[code] for code in row) for row in drawn.codes)
    tiles = [
        (picture, [(text, False)]) for picture, text in zip(drawn.pictures, texts, strict=True)
    ]
    write_sheet(tiles, out)
    click.echo(f"{count} captchas drawn on {out}")


@click.command()
@config_option
@click.argument("font", type=PATH)
@click.option("--charset", default="0123456789", help="Characters to render.")
@click.option("--out", type=PATH, default=Path("digits.png"), help="The strip of glyphs.")
def glyphs(font: Path, charset: str, out: Path) -> None:
    """Render a font's digits to draw captchas from.

    The strip that is committed was made from FreeSans.

    Example: captcha-training glyphs FreeSans.ttf --out training/pictures/digits.png
    """
    from training.pictures import Glyphs

    rendered = Glyphs.render(font, charset)
    rendered.save(out)
    click.echo(f"{out}: {charset} in {rendered.font}")
