"""What several commands take."""

from __future__ import annotations

from pathlib import Path

import click

PATH = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)

# By name, so that asking for help does not load what draws them.
CAPTCHA_NAMES = ("ellipses", "varied", "securityimage", "mixed")

captcha_option = click.option(
    "--captcha",
    type=click.Choice(CAPTCHA_NAMES),
    default="ellipses",
    help="The article's own, its kind in many fonts and noises, the original of Perl, or all.",
)
