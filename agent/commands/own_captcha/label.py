"""`capslice label`: a page on this machine to label pictures with."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capslice import command_line
from capslice.agent.commands.options import PATH, config_option, load_settings

if TYPE_CHECKING:
    from capslice.agent.labelling.labelling import Labelling


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@config_option
@click.option(
    "--model",
    type=PATH,
    help="Model file, or a shipped model, that makes the suggestions  [default: the last one that "
    "was fitted here, readings.csv in the folder, or `general`].",
)
@click.option(
    "--by",
    type=click.Choice(["name", "doubt"]),
    default="name",
    help="Order of the pictures: by name, or the most doubtful readings first.",
)
@click.option(
    "--check", is_flag=True, help="Show the labels that the readings contradict, the surest first."
)
@click.option(
    "--fit/--no-fit",
    default=True,
    help="Fit a model in the background after every 50 labels, so that suggestions get better.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8010, help="Port; 0 takes any free one."
)
@click.option("--browser/--no-browser", default=True, help="Open the page in the default browser.")
def label(
    folder: Path,
    config: Path | None,
    model: Path | None,
    by: str,
    check: bool,
    fit: bool,
    port: int,
    browser: bool,
) -> None:
    """Label the pictures of a folder on a page on this machine.

    Each answer is saved at once: labels in labels.csv, and what cannot be read in
    unreadable.csv. What the files are called does not count. Press Ctrl-C to stop.

    With --check, names of files count as labels, as for `fit`. Take readings of a model that
    has not learned these labels.

    Example: capslice label collected
    """
    from capslice.agent.labelling.label_files import LabelFiles
    from capslice.agent.labelling.labelling import Labelling
    from capslice.agent.labelling.page import LabelPage
    from capslice.agent.labelling.suggestions import Suggestions
    from capslice.agent.reading.reader import Reader
    from capslice.agent.reading.readings_file import readings_of

    settings = load_settings(config, model=model)
    files, readings = LabelFiles(folder, named=check), readings_of(folder)
    if check and not (model or readings):
        raise click.UsageError("--check needs what a model reads: give one with --model")
    labelling = Labelling(files, readings, by="doubt" if by == "doubt" else "name", check=check)
    if model:
        Reader.of(settings.model)  # if it cannot be loaded, nothing is served
    page = LabelPage(labelling, port)
    suggestions = Suggestions(
        labelling,
        settings,
        model=model,
        fits=fit and not check,
        notify=lambda line: click.echo(line, err=True),
    )
    with command_line.interrupted_by_signals(), suggestions:
        click.echo(f"label at {page.url} (Ctrl-C stops it)")
        if browser and _has_screen():
            click.launch(page.url)
        page.serve_forever()
    click.echo(_summary(labelling))


def _has_screen() -> bool:
    """Whether a browser can open a window; without one, a text browser might take the terminal."""
    on_x = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or bool(on_x)


def _summary(labelling: Labelling) -> str:
    """What is labelled now, and what to do next."""
    state, folder = labelling.state(), labelling.files.folder
    lines = [
        f"{state['labelled']} of {state['pictures']} pictures have labels, "
        f"{state['unreadable']} cannot be read"
    ]
    if state["labelled"]:
        labels = folder / "labels.csv"
        command = ["capslice", "fit", "--captcha", "folder"]
        command += ["--data", str(folder), "--labels", str(labels)]
        lines.append(f"to fit a model to them:\n  {shlex.join(command)}")
    return "\n".join(lines)
