"""Options and output that several commands share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from capslice import command_line

if TYPE_CHECKING:
    from capslice.agent.reading.reader import Reader
    from capslice.agent.settings import Settings
    from capslice.agent.solution import Solution

NOT_SOLVED = 1
PATH = click.Path(path_type=Path)
CASE = (
    "Answer in upper or lower case, whatever the case of the letters in the picture; fold means "
    "lower, and that labels are compared without case  [default: keep]."
)
ANSWER = "Answer with the text, or with the value of the sum that it shows  [default: text]."

config_option = click.option(
    "--config", type=PATH, help="Configuration file  [default: config.toml, if there is one]."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
headed_option = click.option("--headed", is_flag=True, help="Show the browser's window.")
model_option = click.option(
    "--model",
    type=PATH,
    help="Model file, or a shipped model: ellipses, original, general  [default: ellipses].",
)


def _known(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The value of --length or --characters. Raises BadParameter if it is wrong."""
    # Imported here because `--help` does not need it.
    from capslice.models.decoding import Known

    if value is not None:
        try:
            if option.name == "length":
                Known.parse(length=value)
            else:
                Known.parse(characters=value)
        except ValueError as error:
            raise click.BadParameter(f"{value!r} is wrong: {error}") from None
    return value


Command = TypeVar("Command", bound=Callable[..., Any])


def known_options(command: Command) -> Command:
    """Add the options that say what is known of the answers, as in the section [model]."""
    for option in (
        click.option("--answer", type=click.Choice(["text", "sum"]), help=ANSWER),
        click.option("--case", type=click.Choice(["keep", "fold", "lower", "upper"]), help=CASE),
        click.option(
            "--characters", callback=_known, help="Characters of the answers, such as A-Z2-9."
        ),
        click.option(
            "--length",
            callback=_known,
            help="Number of characters of the answers, such as 5 or 4-6.",
        ),
    ):
        command = option(command)
    return command


def load_settings(
    config: Path | None,
    *,
    url: str | None = None,
    headed: bool = False,
    model: Path | None = None,
    **known: str | None,
) -> Settings:
    """Load the settings; values from the command line win. `known` are of `known_options`."""
    from capslice.agent.settings import Settings

    given: dict[str, dict[str, Any]] = {}
    if url:
        given["target"] = {"url": url}
    if headed:
        given["browser"] = {"headed": True}
    of_model = {"path": model, **known}
    if of_model := {name: value for name, value in of_model.items() if value is not None}:
        given["model"] = of_model
    return Settings.load(config, **given)


def load_reader(settings: Settings) -> Reader:
    """Load the model that the settings name; warn if the characters there are odd."""
    from capslice.agent.reading.reader import Reader
    from capslice.agent.reading.suitability import doubt_about_characters

    reader = Reader.of(settings.model)
    if doubt := doubt_about_characters(settings.model.characters, reader.decoder):
        command_line.say(f"warning: {doubt}", err=True)
    return reader


def show_solution(solution: Solution, as_json: bool) -> int:
    """Print the solution; return the exit status: 0 if solved, else 1."""
    command_line.say(json.dumps(solution.as_json()) if as_json else str(solution))
    return 0 if solution.solved else NOT_SOLVED
