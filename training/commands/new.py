"""The command that one begins with, to bring a captcha of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import FOLDER


@click.command()
@config_option
@click.argument("name")
@click.option("--out", type=FOLDER, default=Path(), help="Folder to write into.")
def new(name: str, out: Path) -> None:
    """Write a class, its test and a config.toml, to bring a captcha of your own.

    Comments say where to edit. A config.toml that is there already is left as it is.

    Example: capslice new my_captcha
    """
    from capslice.training.starter import CONFIG, names, write_starter

    written = write_starter(name, out)
    for path in written:
        click.echo(f"{path} written")
    if out / CONFIG not in written:
        given = "{module}:{class}".format(**names(name))
        click.echo(
            f'{out / CONFIG} is as it was: set captcha = "{given}" in [training.samples], '
            "[training.fit] and [training.serve]"
        )
