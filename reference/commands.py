"""The commands, as data for a page: each with the text of its `--help`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from capslice.cli import cli
from reference.values import in_words, schema_of

EXAMPLE = "Example: "
# The help of an option ends with its default where that depends on something else.
DEFAULT = re.compile(r"(?P<meaning>.*?)\s*\[default: (?P<default>.*)\]\.?")


@dataclass(frozen=True)
class Parameter:
    """A row of a command's table: one option as a user types it."""

    name: str
    values: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Command:
    """A section of the page. `short` is the first paragraph of `text`."""

    name: str
    short: str
    text: str
    usage: str
    examples: tuple[str, ...]
    options: tuple[Parameter, ...]


def contexts() -> Iterator[click.Context]:
    """The context of each command of `capslice`, in the order of its help."""
    with click.Context(cli, info_name="capslice") as group:
        for name in cli.list_commands(group):
            if command := cli.get_command(group, name):
                yield click.Context(command, group, name, **command.context_settings)


def describe(context: click.Context) -> Command:
    """Describe the command of this context."""
    command = context.command
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return Command(
        name=context.command_path,
        short=paragraphs[0],
        text="\n\n".join(each for each in paragraphs if not each.startswith(EXAMPLE)),
        usage=" ".join([context.command_path, *command.collect_usage_pieces(context)]),
        examples=tuple(
            each.removeprefix(EXAMPLE) for each in paragraphs if each.startswith(EXAMPLE)
        ),
        options=tuple(
            _describe(each, context) for each in command.params if isinstance(each, click.Option)
        ),
    )


def explained(option: click.Option) -> tuple[str, str]:
    """The meaning of an option, and its default if that depends on something else."""
    text = " ".join((option.help or "").split())
    found = DEFAULT.fullmatch(text)
    return (f"{found['meaning'].rstrip('.')}.", found["default"]) if found else (text, "")


def _describe(option: click.Option, context: click.Context) -> Parameter:
    meaning, default = explained(option)
    names = [*option.opts, *option.secondary_opts]
    schema = schema_of(option)
    values = in_words(schema.get("items", schema), str)
    return Parameter(
        name=", ".join(f"`{' '.join(filter(None, (name, option.metavar)))}`" for name in names),
        values="" if option.is_flag else f"{values}, repeatable" if option.multiple else values,
        default=default or _written(option, option.get_default(context)),
        meaning=meaning,
    )


def _written(option: click.Option, default: Any) -> str:
    """A default as a user would type it."""
    if option.is_flag and option.secondary_opts:
        return f"`{(option.opts if default else option.secondary_opts)[0]}`"
    if option.is_flag or not isinstance(default, str | int | float | Path):
        return ""
    return f"`{default.as_posix() if isinstance(default, Path) else default}`"
