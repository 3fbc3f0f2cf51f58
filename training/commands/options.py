"""What several commands take."""

from __future__ import annotations

from pathlib import Path

import click

from training.errors import TrainingError

PATH = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)

# By name, so that asking for help does not load what draws them.
CAPTCHA_NAMES = ("ellipses", "varied", "securityimage", "original")


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
    help="`ellipses` (the article's), `varied` (many fonts and noises), `securityimage` (as the "
    "module draws it), `original` (in all its styles), or your own, as package.module:Class.",
)


def positive_integers(text: str, separator: str, count: int | None = None) -> tuple[int, ...]:
    """The numbers of an option such as 2:1:1. Raises TrainingError where it is none."""
    parts = text.split(separator)
    if not all(part.isdecimal() and int(part) for part in parts) or len(parts) != (
        count or len(parts)
    ):
        raise TrainingError(
            f"{text!r} is not {count or 'a list of'} positive integers separated by {separator!r}"
        )
    return tuple(map(int, parts))
