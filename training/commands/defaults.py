"""`--config`: the section `[training.COMMAND]` of config.toml sets a command's defaults.

The agent has its own sections in the same file. An option given on the command
line wins over an environment variable (CAPSLICE_TRAINING_FIT_EPOCHS=20), that
over the file.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from training.errors import TrainingError

CONFIG_FILE = Path("config.toml")


def _table(tables: dict[str, Any], name: str, config: Path) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise TrainingError(f"{config}: {name} = {table!r} is a value where a section belongs")
    return table


def _set_defaults(context: click.Context, _: click.Parameter, config: Path | None) -> None:
    if config is None and not CONFIG_FILE.exists():
        return
    config = config or CONFIG_FILE
    try:
        sections = _table(tomllib.loads(config.read_text("utf-8")), "training", config)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrainingError(f"{config} cannot be read: {error}") from None
    group = context.parent.command if context.parent else None
    commands = sorted(group.commands) if isinstance(group, click.Group) else []
    wrong = [name for name in sections if name not in commands]
    if wrong:
        raise TrainingError(
            f"{config}: [training.{wrong[0]}] is no section; there are "
            + ", ".join(f"[training.{command}]" for command in commands)
        )
    defaults = _table(sections, str(context.info_name), config)
    known = sorted({str(option.name) for option in context.command.params} - {"config"})
    for key in defaults:
        if key not in known:
            raise TrainingError(
                f"{config}: [training.{context.info_name}] has no key {key!r}; "
                f"its keys are {', '.join(known)}"
            )
    context.default_map = defaults


# Read before the other options, so that it can set their defaults.
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_set_defaults,
    help="Settings [default: config.toml, where there is one].",
)
