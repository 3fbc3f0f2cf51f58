"""What several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

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


class PositiveIntegers(click.ParamType[tuple[int, ...]]):
    """Whole numbers from 1, such as 2:1:1; as many as `count`, if that is given."""

    name = "numbers"

    def __init__(self, separator: str, count: int | None = None) -> None:
        self.separator, self.count = separator, count

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """What has been converted stays what it is, as click has it."""
        if isinstance(value, tuple):
            return value
        parts = value.split(self.separator)
        if not all(part.isdecimal() and int(part) for part in parts) or len(parts) != (
            self.count or len(parts)
        ):
            self.fail(
                f"{value!r} is not {self.count or 'a list of'} positive integers separated by "
                f"{self.separator!r}",
                param,
                ctx,
            )
        return tuple(map(int, parts))


captcha_option = click.option(
    "--captcha",
    type=CaptchaName(),
    default="ellipses",
    help="`ellipses` (the article's), `varied` (many fonts and noises), `securityimage` (as the "
    "module draws it), `original` (in all its styles), or your own, as package.module:Class.",
)
