"""`capslice init`: find the captcha of a page, and write the config.toml for it."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capslice import command_line
from capslice.agent.commands.options import headed_option, json_option

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from capslice.agent.discovery import Form
    from capslice.agent.discovery.model_choice import Choice
    from capslice.agent.settings import Settings

GUESSED = 5  # exit status
# The keys of [model] that hold for one captcha only.
OF_A_CAPTCHA = ("path", "length", "characters", "case", "answer")
PATH = click.Path(path_type=Path, dir_okay=False)
QUESTION = (
    "Submit one or two wrong answers, and up to {most} answers that the model reads, to find the "
    "page's messages?"
)
WHICH = "Which of these captchas is meant?"


@click.command()
@click.argument("url")
@click.option("--out", type=PATH, default="config.toml", help="File to write.")
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@click.option(
    "--allow",
    multiple=True,
    metavar="ORIGIN",
    help="Origin that the agent may also act on; repeat it for several.",
)
@click.option(
    "--captcha",
    "number",
    type=click.IntRange(1),
    help="Number of the captcha that is meant, if the page has several.",
)
@click.option("--no-submit", is_flag=True, help="Submit no answer; guess the messages.")
@click.option("--yes", is_flag=True, help="Answer yes to all questions.")
@click.option(
    "--screenshot",
    type=PATH,
    default="captcha-init.png",
    help="PNG to write, with outlines around what was found.",
)
@click.option(
    "--readings",
    type=PATH,
    default="captcha-readings.png",
    help="PNG to write, with a few pictures and what the models read.",
)
@click.option(
    "--config", type=PATH, help="Other settings to keep [default: config.toml, if it exists]."
)
@click.option(
    "--model",
    type=PATH,
    help="Model file, or a shipped model, to judge and keep  [default: the surest shipped model].",
)
@headed_option
@json_option
def init(
    url: str,
    out: Path,
    overwrite: bool,
    allow: tuple[str, ...],
    number: int | None,
    no_submit: bool,
    yes: bool,
    screenshot: Path,
    readings: Path,
    as_json: bool,
    **given: Any,
) -> int:
    """Find a page's captcha and write config.toml.

    The command shows what it found, and what the form says about the answers. It reads up to five
    fresh pictures with each shipped model and chooses the surest one, or judges the model that the
    settings name for this page. It asks before it submits answers, and before it writes the file.
    It types nothing but answers to the captcha: a wrong one, and readings of the model that are
    more likely right than wrong, also below model.min_confidence.

    The exit status is 0 if it saw an accepted answer, and 5 if the selector of success is guessed.

    Example: capslice init http://127.0.0.1:8000/
    """
    from capslice.agent.browser.launch import open_browser
    from capslice.agent.browser.session import own_session
    from capslice.agent.discovery import MOST_RIGHT, Drawing, find_form, find_messages
    from capslice.agent.discovery.config_text import already_exists, config_text, write_config
    from capslice.agent.discovery.model_choice import choose_model, write_readings
    from capslice.agent.reading.reader import Reader
    from capslice.agent.rules.guard import Guard
    from capslice.errors import ConfigurationError, OriginNotAllowed
    from capslice.files import check_can_write

    if out.exists() and not overwrite:
        raise already_exists(out)
    for picture in (screenshot, readings):
        if picture.suffix.lower() != ".png":
            raise ConfigurationError(f"{picture} is no name for a picture: end it with .png")
    check_can_write(out, screenshot, readings)
    settings, kept = _settings(url, allow, **given)
    try:
        Guard(settings.target.allowed_origins).check(url)
    except OriginNotAllowed as error:
        raise OriginNotAllowed(f"{error}, or give it by --allow") from None

    Reader.of(settings.model)  # if it cannot be loaded, nothing needs to be opened
    drawing = Drawing()

    def confirm(question: str) -> bool:
        try:
            return yes or click.confirm(question, default=True, err=as_json)
        except click.Abort:
            if sys.stdin.isatty():
                raise
            raise ConfigurationError(
                "there is no terminal to ask on: give --yes, and --no-submit if no answer may be "
                "submitted"
            ) from None

    def choose(names: list[str]) -> int:
        if len(names) == 1 and number in (None, 1):
            return 0
        listed = [f"{place}: {name}" for place, name in enumerate(names, 1)]
        if number is None and not yes:
            with suppress(click.Abort):
                among = click.IntRange(1, len(names))
                command_line.say("\n".join(listed), err=as_json)
                return int(click.prompt(WHICH, type=among, default=1, err=as_json)) - 1
            if sys.stdin.isatty():
                raise click.Abort
        if number is None or number > len(names):
            raise ConfigurationError(
                f"the page has {len(names)} captcha{'s' * (len(names) > 1)} "
                f"({'; '.join(listed)}): choose one, such as --captcha 1"
            )
        return number - 1

    with open_browser(settings.browser) as browser:

        def open_page() -> Page:
            return own_session(browser, settings.browser).new_page()

        form = find_form(open_page, settings, drawing.add, choose)
        if not as_json:
            _print(_rows(form, ("picture", "input", "submit", "refresh", "frame", "dismiss")))
        choice = choose_model(open_page(), form, settings)
        if not as_json:
            _print(_rows_of_choice(choice))
        if choice.note:
            form = form.with_note(choice.note)
            if not as_json:
                command_line.say(f"note: {choice.note}")
        if not no_submit and (form.required or confirm(QUESTION.format(most=MOST_RIGHT))):
            form = find_messages(open_page, form, settings, choice.best.reader, drawing.add)
    drawing.write(screenshot)
    if choice.pictures:
        write_readings(choice.candidates, choice.pictures, readings)
    if as_json:
        files = {
            "screenshot": str(screenshot),
            "readings": str(readings) if choice.pictures else None,
        }
        command_line.say(json.dumps({**form.as_json(), **choice.as_json(), **files}))
    else:
        _print(_rows(form, ("failure", "success")))
        for note in form.notes:
            if note != choice.note:  # which was shown
                command_line.say(f"note: {note}")
        command_line.say(f"{screenshot} shows what was found")
        if choice.pictures:
            command_line.say(f"{readings} shows the pictures that were read")
    kept["model"] = {**choice.settings, **kept.get("model", {})}
    if confirm(f"Write {out}?"):
        write_config(out, config_text(form, kept), overwrite=overwrite)
        if not as_json:
            then = "try `capslice doctor`, then `capslice solve`"
            command_line.say(f"{out} is written: {then}" if choice.chosen else f"{out} is written")
    return GUESSED if form.findings["success"].guessed else 0


def _settings(
    url: str, allow: tuple[str, ...], *, config: Path | None, model: Path | None, headed: bool
) -> tuple[Settings, dict[str, Any]]:
    """Return the settings for the target `url`, and the sections of the file to keep."""
    from capslice.agent.settings import Settings

    old = Settings.load(config)
    origins = dict.fromkeys((*old.target.allowed_origins, *allow))
    # The old selectors do not hold for another page.
    given: dict[str, dict[str, Any]] = {"target": {"url": url, "allowed_origins": tuple(origins)}}
    kept = {name: dict(section) for name, section in type(old).written.items()}
    if kept.get("target", {}).get("url", url) != url:
        # Neither do the steps, what is known of the answers, and the model that read them.
        kept.get("target", {}).pop("before", None)
        of_model = kept.get("model", {})
        kept["model"] = {name: of_model[name] for name in of_model if name not in OF_A_CAPTCHA}
    if model:
        given["model"] = {"path": model}
        kept["model"] = {**kept.get("model", {}), "path": str(model)}
    if headed:
        given["browser"] = {"headed": True}

    class Kept(type(old)):  # type: ignore[misc]
        written = kept

    return Kept(**given), kept


def _rows(form: Form, names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    findings = ((name, form.findings[name]) for name in names)
    return [
        (name, finding.selector or "-", finding.why) for name, finding in findings if finding.why
    ]


def _rows_of_choice(choice: Choice) -> list[tuple[str, str, str]]:
    hints, chosen = choice.hints, choice.chosen
    rows = [(name, value, hints.reasons[name]) for name, value in hints.values.items()]
    for each in choice.candidates:
        if each.readings:
            texts = ", ".join(reading.text for reading in each.readings)
            rows.append((each.name, f"{each.confidence:.4f}", f"mean confidence; reads {texts}"))
        else:
            rows.append((each.name, "-", each.doubt or "there was no picture to read"))
    surest = "sure of these pictures" if choice.named else "the surest shipped model"
    return [*rows, ("model", chosen.name, surest)] if chosen else rows


def _print(rows: list[tuple[str, str, str]]) -> None:
    width = max(len(value) for _, value, _ in rows)
    for name, value, why in rows:
        command_line.say(f"{name:<10} {value:<{width}}  {why}")
