"""`python -m reference [--check]`: write docs/reference, or see whether it is as it should be."""

from __future__ import annotations

from pathlib import Path

import click

from capslice import command_line
from reference.pages import FOLDER, stale, write


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail where a page is stale.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER)
def main(check: bool, folder: Path) -> None:
    """Write the reference of all commands and settings into a folder, docs/reference by default."""
    if not check:
        for page in write(folder):
            click.echo(f"{page} written")
    elif old := stale(folder):
        raise click.ClickException(
            f"{', '.join(map(str, old))} is not what the code says: run `make reference`"
        )


if __name__ == "__main__":
    command_line.run(main)
