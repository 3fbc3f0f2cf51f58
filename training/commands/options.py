"""Options and types that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

PATH = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)

# Names only, so that --help loads no drawing code.
CAPTCHA_NAMES = ("ellipses", "varied", "securityimage", "original", "general", "letters", "sums")


class CaptchaName(click.ParamType[str]):
    """A captcha of capslice by its name, or your own as `package.module:Class`."""

    name = "captcha"

    def __init__(self, *more: str) -> None:
        self.names = (*CAPTCHA_NAMES, *more)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the form of a name. Whether there is such a class, only its import shows."""
        if value not in self.names and not all(value.partition(":")):
            self.fail(
                f"{value!r} is none of {', '.join(self.names)}, nor package.module:Class",
                param,
                ctx,
            )
        return value


class LengthRange(click.ParamType[tuple[int, int]]):
    """A number of characters such as 5, or a range such as 4-6."""

    name = "length"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Convert a string to the shortest and the longest length."""
        # Imported here because `--help` does not need it.
        from capslice.models.decoding.known import parse_length

        try:
            return value if isinstance(value, tuple) else parse_length(value)
        except ValueError as error:
            self.fail(f"{value!r} is no length: {error}", param, ctx)


class PositiveIntegers(click.ParamType[tuple[int, ...]]):
    """Positive integers, such as 2:1:1; exactly `count` of them, if that is given."""

    name = "numbers"

    def __init__(self, separator: str, count: int | None = None) -> None:
        self.separator, self.count = separator, count

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Convert a string; click also passes values that are converted already."""
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
    help="Captcha: `ellipses` (of the article), `varied` (ellipses in many fonts), `securityimage` "
    "(of the Perl module), `original` (securityimage in all styles and many fonts), `letters` "
    "(four to six capitals and digits), `sums` (such as 12+3=?), or your own as "
    "package.module:Class.",
)
