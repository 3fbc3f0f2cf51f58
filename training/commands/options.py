"""What several commands take."""

from __future__ import annotations

from pathlib import Path

import click

PATH = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)

# By name, so that asking for help does not load what draws them.
CAPTCHA_NAMES = ("ellipses", "varied", "securityimage", "mixed")


class CaptchaName(click.ParamType[str]):
    """One of these, or `package.module:Class`."""

    name = "captcha"

    def __init__(self, *more: str) -> None:
        self.names = (*CAPTCHA_NAMES, *more)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Whether there is such a class, only loading it tells."""
        if value not in self.names and not all(value.partition(":")):
            self.fail(
                f"{value!r} is none of {', '.join(self.names)}, nor package.module:Class",
                param,
                ctx,
            )
        return value


captcha_option = click.option(
    "--captcha",
    type=CaptchaName(),
    default="ellipses",
    help="`ellipses` (the article's), `varied` (many fonts and noises), `securityimage` (the "
    "original), `mixed` (these two), or your own, as package.module:Class.",
)
