"""`capslice new`."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import FOLDER


@click.command()
@config_option
@click.argument("name")
@click.option("--out", type=FOLDER, default=Path(), help="Folder to write to.")
def new(name: str, out: Path) -> None:
    """Start a captcha of your own.

    Writes NAME.py with a class that draws a captcha, its test, and a config.toml that uses it.
    Comments marked EDIT say what to change. A config.toml that exists already is kept.

    Example: capslice new my_captcha
    """
    from capslice.training.starter import CONFIG, names, write_starter

    written = write_starter(name, out)
    for path in written:
        click.echo(f"{path} written")
    if out / CONFIG not in written:
        captcha = "{module}:{class}".format(**names(name))
        click.echo(
            f'{out / CONFIG} was not changed: set captcha = "{captcha}" in [training.samples], '
            "[training.fit] and [training.serve]"
        )
