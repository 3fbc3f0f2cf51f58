"""`capslice glyphs`."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import PATH


@click.command()
@config_option
@click.argument("font", type=PATH)
@click.option("--charset", default="0123456789", help="Characters to render.")
@click.option("--out", type=PATH, default=Path("digits.png"), help="File for the strip.")
def glyphs(font: Path, charset: str, out: Path) -> None:
    """Render digits for the article's captcha.

    FONT is a font file. The result is a strip of small pictures, one for each character. The
    shipped strip, training/pictures/article/digits.png, is rendered from FreeSans.

    Example: capslice glyphs FreeSans.ttf --out digits.png
    """
    from capslice.training.pictures import Glyphs

    rendered = Glyphs.render(font, charset)
    rendered.save(out)
    click.echo(f"{out}: {charset} in {rendered.font}")
