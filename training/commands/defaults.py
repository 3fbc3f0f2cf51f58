"""`--config`: the section `[training.COMMAND]` of config.toml sets the defaults of a command.

An option on the command line wins over an environment variable (CAPSLICE_TRAINING_FIT_EPOCHS=20),
and that wins over the file. The agent has its own sections in the same file.
"""

from __future__ import annotations

from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

import click

from capslice.errors import TrainingError, one_line, quoted
from capslice.files import CONFIG_FILE, read_toml
from capslice.training.commands import COMMANDS

SECTION = "training"
LONGEST_NAME = 100  # characters of a name that are compared


def _table(tables: dict[str, Any], name: str, config: Path) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise TrainingError(
            f"{config}: {name} = {quoted(table)} is a value where a section belongs"
        )
    return table


def _as_typed(value: object, where: str) -> str | list[str]:
    """The value as a string, as on the command line, so that click checks it."""
    if isinstance(value, list):
        items = [_as_typed(item, where) for item in value]
        if all(isinstance(item, str) for item in items):
            return items  # type: ignore[return-value]
    elif isinstance(value, str):
        if "\0" not in value:  # no file name can have it
            return value
    elif isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return str(value)
    raise TrainingError(f"{where} = {quoted(value)} is no value that an option can have")


def _set_defaults(context: click.Context, _: click.Parameter, config: Path | None) -> None:
    if config is None and not CONFIG_FILE.exists():
        return
    config = config or CONFIG_FILE
    try:
        tables = read_toml(config)
    except OSError as error:
        raise TrainingError(f"{config} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise TrainingError(f"{config} cannot be read: {one_line(str(error))}") from None
    for name in tables:
        if name != SECTION and get_close_matches(name[:LONGEST_NAME], [SECTION]):
            raise TrainingError(
                f"{config}: there is no section [{one_line(name)}], did you mean [{SECTION}]?"
            )
    sections = _table(tables, SECTION, config)
    commands = sorted(COMMANDS)
    wrong = [name for name in sections if name not in commands]
    if wrong:
        raise TrainingError(
            f"{config}: there is no section [training.{one_line(wrong[0])}]; the sections are "
            + ", ".join(f"[training.{command}]" for command in commands)
        )
    defaults = _table(sections, str(context.info_name), config)
    options = {str(option.name): option for option in context.command.params}
    del options["config"]
    context.default_map = {}
    for key, value in defaults.items():
        where = f"{config}: {context.info_name}.{one_line(key)}"
        if key not in options:
            raise TrainingError(
                f"{config}: [training.{context.info_name}] has no key {quoted(key)}; "
                f"its keys are {', '.join(sorted(options))}"
            )
        if isinstance(value, list) and options[key].nargs == 1:
            raise TrainingError(f"{where} = {quoted(value)} is a list where one value belongs")
        context.default_map[key] = _as_typed(value, where)


# Eager: it runs before the other options, and sets their defaults.
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_set_defaults,
    help="Configuration file  [default: config.toml, if there is one].",
)
