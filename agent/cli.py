"""`captcha-agent`: solve a captcha in a real browser, read picture files, and see what is amiss.

Only the command line: each command gathers its options, calls the one function
that does the work, and prints what came of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.audit import audit, report
from agent.commands.compare import compare
from agent.commands.init import init
from agent.commands.journal import journal
from agent.commands.options import (
    PATH,
    config_option,
    headed_option,
    json_option,
    load_reader,
    load_settings,
    model_option,
)
from models import command_line

if TYPE_CHECKING:
    from agent.reader import Reading
    from agent.solving import Solution

NOT_SOLVED = 1


@click.group(context_settings={"show_default": True})
@click.version_option(package_name="capslice")
def cli() -> None:
    """Read a simple picture captcha and answer it, in a real browser.

    It acts only on origins that config.toml allows: this machine alone by default.
    """


@cli.command()
@config_option
@headed_option
@click.option("--screenshot", type=PATH, help="Write a PNG of the page at the end.")
@click.option("--typed-screenshot", type=PATH, help="Write one of the answer before it is sent.")
@click.option("--reject-first", type=click.IntRange(0), default=0, help="Answers to reject.")
@json_option
def demo(
    config: Path | None,
    headed: bool,
    screenshot: Path | None,
    typed_screenshot: Path | None,
    reject_first: int,
    as_json: bool,
) -> int:
    """Serve a mock page and solve its captcha.

    All of it happens on this machine.

    Exit status 0 when solved, 1 when every answer was rejected.

    Example: captcha-agent demo --headed
    """
    from agent.demo import demo as run_demo

    solution = run_demo(
        load_settings(config, headed=headed),
        reject_first=reject_first,
        end_screenshot=screenshot,
        typed_screenshot=typed_screenshot,
    )
    return show(solution, as_json)


@cli.command()
@click.argument("url", required=False)
@config_option
@headed_option
@model_option
@click.option("--screenshot", type=PATH, help="Write a PNG of the page at the end.")
@click.option("--trace", type=PATH, help="Write a Playwright trace (.zip) if it is not solved.")
@json_option
def solve(
    url: str | None,
    config: Path | None,
    headed: bool,
    model: Path | None,
    screenshot: Path | None,
    trace: Path | None,
    as_json: bool,
) -> int:
    """Solve the captcha of a page.

    By default that is the target of config.toml.

    Exit status 0 when solved, 1 when every answer was rejected.

    Example: captcha-agent solve http://127.0.0.1:8000/ --json
    """
    from agent.runs import solve_target

    settings = load_settings(config, url=url, headed=headed, model=model)
    return show(solve_target(settings, end_screenshot=screenshot, trace=trace), as_json)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@config_option
@model_option
@json_option
def read(files: tuple[Path, ...], config: Path | None, model: Path | None, as_json: bool) -> int:
    """Read picture files.

    One that cannot be read is named, and the others are still read; the exit status is 2 then.

    Example: captcha-agent read data/*.png
    """
    from agent.errors import PictureError
    from agent.stream import read_files

    status = 0
    reader = load_reader(load_settings(config, model=model))
    for batch in read_files(reader, files):
        readings = reader.readings(batch.probabilities)
        for file, outcome in batch.outcomes:
            if isinstance(outcome, PictureError):
                click.echo(f"error: {outcome}", err=True)
                status = outcome.exit_status
            else:
                print_reading(file, readings[outcome], as_json)
    return status


def print_reading(file: Path, reading: Reading, as_json: bool) -> None:
    """One line of `captcha-agent read`."""
    if as_json:
        line = {
            "file": str(file),
            "text": reading.text,
            "confidence": reading.confidence,
            "digits": reading.digits,
        }
        click.echo(json.dumps(line))
    else:
        click.echo(f"{file}\t{reading.text}\t{reading.confidence:.4f}")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@config_option
@model_option
@click.option("--labels", type=PATH, help="CSV file: file, text [default: the files' names].")
@click.option("--fold-case", is_flag=True, help="Take capitals in labels for small letters.")
@click.option("--sheet", type=PATH, help="Write the worst misreadings as one picture.")
@json_option
def evaluate(
    folder: Path,
    config: Path | None,
    model: Path | None,
    labels: Path | None,
    fold_case: bool,
    sheet: Path | None,
    as_json: bool,
) -> int:
    """Measure a model on labelled pictures.

    The label is the file's name, up to a dash if there is one; PNG, JPEG, GIF, WebP and
    BMP will do.

    Example: captcha-agent evaluate data --sheet worst.png
    """
    from agent.errors import PictureError
    from agent.evaluate import evaluate as evaluate_files
    from models.labels import labels_of

    files = labels_of(folder, labels, fold_case=fold_case)
    settings = load_settings(config, model=model)
    reader = load_reader(settings)
    result = evaluate_files(
        reader,
        command_line.follow(files.items(), len(files), "reading"),
        settings.model.min_confidence,
    )
    for line in result.skipped:
        click.echo(f"skipped {line}", err=True)
    if not result.pictures:
        raise PictureError(f"{folder} holds no labelled picture that can be read")
    click.echo(json.dumps(result.as_json()) if as_json else str(result))
    if sheet and result.worst:
        from models.sheet import read_as, write_sheet

        tiles = [
            (each.labelled.picture, read_as(each.labelled.label, each.text))
            for each in result.worst
        ]
        write_sheet(tiles, sheet)
    elif sheet:
        click.echo(f"{sheet} was not written: nothing was misread", err=True)
    return 0


@cli.command()
@click.argument("url", required=False)
@config_option
@model_option
@json_option
def doctor(url: str | None, config: Path | None, model: Path | None, as_json: bool) -> int:
    """Check that everything is there to solve.

    It looks at configuration, model, browser and target; nothing is submitted.

    Exit status 0 when all is well, else that of what failed: 2 or 3.

    Example: captcha-agent doctor http://127.0.0.1:8000/
    """
    from agent.doctor import examine

    status = 0
    for check in examine(lambda: load_settings(config, url=url, model=model)):
        status = check.exit_status
        if as_json:
            line = {"check": check.name, "passed": check.passed, "finding": check.finding}
            click.echo(json.dumps(line))
        else:
            click.echo(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.finding}")
    return status


@cli.command()
def install() -> None:
    """Find a browser, or install one.

    That is one that is there, else Playwright's own, else the system's package.

    Example: captcha-agent install
    """
    from agent.browsing.install import install_browser

    click.echo(f"{install_browser()} is ready")


for command in (audit, compare, init, journal, report):
    cli.add_command(command)


def show(solution: Solution, as_json: bool) -> int:
    """Print what came of a captcha; return the exit status that says the same."""
    click.echo(json.dumps(solution.as_json()) if as_json else str(solution))
    return 0 if solution.solved else NOT_SOLVED


def main() -> None:
    """Run `captcha-agent`, to its exit status."""
    command_line.run(cli)
