"""`capslice init`: find the captcha of a page, and write the config.toml for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capslice.agent.commands.options import headed_option, json_option, model_option

if TYPE_CHECKING:
    from capslice.agent.discovery import Form
    from capslice.agent.settings import Settings

PATH = click.Path(path_type=Path, dir_okay=False)
QUESTION = (
    "Submit one wrong answer, and then up to {most} that the model reads, to see what the page "
    "says of them?"
)


@click.command()
@click.argument("url")
@click.option("--out", type=PATH, default="config.toml", help="The file to write.")
@click.option("--overwrite", is_flag=True, help="Replace it where it is there already.")
@click.option("--allow", multiple=True, metavar="ORIGIN", help="Act there too, if it is yours.")
@click.option("--no-submit", is_flag=True, help="Submit nothing: messages are guessed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--screenshot", type=PATH, default="captcha-init.png", help="What was found, drawn.")
@click.option("--config", type=PATH, help="Other settings [default: config.toml, if there].")
@model_option
@headed_option
@json_option
def init(
    url: str,
    out: Path,
    overwrite: bool,
    allow: tuple[str, ...],
    no_submit: bool,
    yes: bool,
    screenshot: Path,
    as_json: bool,
    **given: Any,
) -> None:
    """Find the captcha of a page, and write a config.toml for it.

    It shows what it found, and asks before it submits anything, and before it writes. Nothing
    is ever typed but answers to the captcha.

    Example: capslice init http://127.0.0.1:8000/
    """
    from capslice.agent.browser.own_page import OwnPage
    from capslice.agent.discovery import MOST_RIGHT, Drawing, find_form, find_messages
    from capslice.agent.discovery.config_text import config_text, there_already, write_config
    from capslice.agent.reading.reader import Reader
    from capslice.agent.rules.guard import Guard
    from capslice.errors import ConfigurationError, OriginNotAllowed

    if out.exists() and not overwrite:
        # Better said now than when all is found.
        raise there_already(out)
    for file in (out, screenshot):
        if not file.parent.is_dir():
            raise ConfigurationError(f"{file} cannot be written: {file.parent} is not a folder")
    settings, kept = _settings(url, allow, **given)
    try:
        Guard(settings.target.allowed_origins).check(url)
    except OriginNotAllowed as error:
        raise OriginNotAllowed(f"{error}, or give it by --allow") from None

    reader = Reader(settings.model.path, settings.model.threads)
    drawing = Drawing()

    def agreed(question: str) -> bool:
        return yes or click.confirm(question, default=True, err=as_json)

    with OwnPage(settings.browser) as own:
        form = find_form(own.fresh, settings, drawing.add)
        if not as_json:
            _print(form, ("picture", "input", "submit", "refresh", "frame", "dismiss"))
        if not no_submit and (form.others or agreed(QUESTION.format(most=MOST_RIGHT))):
            form = find_messages(own.fresh, form, settings, reader, drawing.add)
    drawing.write(screenshot)
    if as_json:
        click.echo(json.dumps({**form.as_json(), "screenshot": str(screenshot)}))
    else:
        _print(form, ("failure", "success"))
        for note in form.notes:
            click.echo(f"note: {note}")
        click.echo(f"{screenshot} shows it")
    if agreed(f"Write {out}?"):
        write_config(out, config_text(form, kept), overwrite=overwrite)
        if not as_json:
            click.echo(f"{out} is written: try `capslice doctor`, then `capslice solve`")


def _settings(
    url: str, allow: tuple[str, ...], *, config: Path | None, model: Path | None, headed: bool
) -> tuple[Settings, dict[str, Any]]:
    """The settings with `url` for a target, and the tables of the file that they are from."""
    from capslice.agent.settings import Settings

    found = Settings.load(config)
    origins = dict.fromkeys((*found.target.allowed_origins, *allow))
    given: dict[str, dict[str, Any]] = {
        # What is at another page does not hold here.
        "target": {"url": url, "allowed_origins": tuple(origins)},
    }
    kept = {name: dict(table) for name, table in type(found).written.items()}
    if model:
        given["model"] = {"path": model}
        kept["model"] = {**kept.get("model", {}), "path": str(model)}
    if headed:
        given["browser"] = {"headed": True}
    return Settings.load(config, **given), kept


def _print(form: Form, names: tuple[str, ...]) -> None:
    found = {name: form.found[name] for name in names if form.found[name].why}
    width = max(len(finding.selector) for finding in found.values())
    for name, finding in found.items():
        click.echo(f"{name:<8} {finding.selector or '-':<{width}}  {finding.why}")
