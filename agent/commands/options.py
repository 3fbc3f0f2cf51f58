"""Options and output that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from capslice.agent.reading.reader import Reader
    from capslice.agent.settings import Settings
    from capslice.agent.solution import Solution

NOT_SOLVED = 1
PATH = click.Path(path_type=Path)

config_option = click.option(
    "--config", type=PATH, help="Configuration file  [default: config.toml, if there is one]."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
headed_option = click.option("--headed", is_flag=True, help="Show the browser's window.")
model_option = click.option(
    "--model",
    type=PATH,
    help="Model file, or a shipped model: ellipses, original  [default: ellipses].",
)


def load_settings(
    config: Path | None,
    *,
    url: str | None = None,
    headed: bool = False,
    model: Path | None = None,
) -> Settings:
    """Load the settings; values from the command line win."""
    from capslice.agent.settings import Settings

    given: dict[str, dict[str, Any]] = {}
    if url:
        given["target"] = {"url": url}
    if headed:
        given["browser"] = {"headed": True}
    if model:
        given["model"] = {"path": model}
    return Settings.load(config, **given)


def load_reader(settings: Settings) -> Reader:
    """Load the model that the settings name."""
    from capslice.agent.reading.reader import Reader

    return Reader.of(settings.model)


def show_solution(solution: Solution, as_json: bool) -> int:
    """Print the solution; return the exit status: 0 if solved, else 1."""
    click.echo(json.dumps(solution.as_json()) if as_json else str(solution))
    return 0 if solution.solved else NOT_SOLVED
