"""`python -m reference [--check]`: write docs/reference, or check that it is up to date."""

from __future__ import annotations

from pathlib import Path

import click

from capslice import command_line
from reference.pages import FOLDER, stale, write


@click.command()
@click.option("--check", is_flag=True, help="Write nothing, and fail if a page is out of date.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER)
def main(check: bool, folder: Path) -> None:
    """Write the reference pages into FOLDER, which is docs/reference by default."""
    if not check:
        for page in write(folder):
            click.echo(f"{page} written")
    elif old := stale(folder):
        raise click.ClickException(
            f"{', '.join(map(str, old))} is out of date: run `make reference`"
        )


if __name__ == "__main__":
    command_line.run(main)
