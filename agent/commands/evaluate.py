"""`capslice evaluate`: measures a model on labelled pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from capslice import command_line
from capslice.agent.commands.options import (
    PATH,
    config_option,
    json_option,
    known_options,
    load_reader,
    load_settings,
    model_option,
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@config_option
@model_option
@click.option(
    "--labels",
    type=PATH,
    help="CSV file with the columns file and text  [default: labels.csv in the folder, and the "
    "names of the files].",
)
@known_options
@click.option(
    "--alike",
    multiple=True,
    metavar="CHARACTERS",
    help="Characters that count as one, such as 0O; repeat it for several.",
)
@click.option("--sheet", type=PATH, help="Write the worst misreadings as one picture (PNG).")
@json_option
def evaluate(
    folder: Path,
    config: Path | None,
    labels: Path | None,
    alike: tuple[str, ...],
    sheet: Path | None,
    as_json: bool,
    **of_model: Any,
) -> int:
    """Measure a model on labelled pictures.

    FOLDER holds PNG, JPEG, GIF, WebP or BMP files. The label of a picture is its file name up to
    the first dash, so 234568-1.png shows 234568. With --answer sum, it is the sum or its value. All
    rates are of all labelled pictures: what the model cannot read counts as wrong.

    Example: capslice evaluate data --sheet worst.png
    """
    from capslice.agent.reading.evaluation import evaluate as evaluate_files
    from capslice.errors import PictureError
    from capslice.models.labels import labels_of

    files = labels_of(folder, labels)
    settings = load_settings(config, **of_model)
    result = evaluate_files(
        load_reader(settings),
        command_line.follow(files.items(), len(files), "reading"),
        settings.model.min_confidence,
        alike,
    )
    if result.others:
        command_line.say(
            f"not counted, because no labelled pictures: {result.others} files", err=True
        )
    if not result.pictures:
        raise PictureError(f"{folder} holds no labelled picture")
    command_line.say(json.dumps(result.as_json()) if as_json else str(result))
    if sheet and result.worst:
        from capslice.models.sheet import reading_caption, write_sheet

        tiles = [
            (each.picture, reading_caption(each.label, each.text, mark=result.shows(each.label)))
            for each in result.worst
        ]
        write_sheet(tiles, sheet)
    elif sheet:
        command_line.say(f"{sheet} was not written: nothing was misread", err=True)
    return 0
