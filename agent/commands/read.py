"""`capslice read`: reads picture files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from capslice.errors import in_line

if TYPE_CHECKING:
    from capslice.agent.reading.reader import Reading


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@config_option
@model_option
@known_options
@json_option
def read(files: tuple[Path, ...], config: Path | None, as_json: bool, **of_model: Any) -> int:
    """Read the text of picture files.

    Prints the file, text and confidence of each picture and, with --answer sum, the value of the
    sum or a dash. A file that cannot be read is reported, the others are still read, and the exit
    status is 2.

    Example: capslice read data/*.png
    """
    from capslice.agent.reading.read_files import read_files
    from capslice.agent.reading.suitability import doubts, picture_size
    from capslice.errors import PictureError
    from capslice.models.pictures import content_of

    status, sizes, confidences = 0, set(), []
    reader = load_reader(load_settings(config, **of_model))
    for batch in read_files(reader, files):
        readings = reader.readings(batch.probabilities)
        for file, outcome in batch.outcomes:
            if isinstance(outcome, PictureError):
                command_line.say(f"error: {outcome}", err=True)
                status = outcome.exit_status
            else:
                sizes.add(picture_size(content_of(file)) or "")
                confidences.append(readings[outcome].confidence)
                print_reading(file, readings[outcome], as_json, answers=reader.answer == "sum")
    for reason in doubts(reader.card, sizes - {""}, confidences):
        command_line.say(f"warning: the model may not be for these pictures: {reason}", err=True)
    return status


def print_reading(file: Path, reading: Reading, as_json: bool, *, answers: bool) -> None:
    """Print one line of `capslice read`, with `answers` also the answer."""
    if as_json:
        line = {
            "file": str(file),
            "text": reading.text,
            "confidence": reading.confidence,
            "probabilities": reading.probabilities,
            "answer": reading.answer,
        }
        command_line.say(json.dumps(line))
    else:
        answer = [reading.answer or "-"] if answers else []
        cells = [str(file), reading.text, f"{reading.confidence:.4f}", *answer]
        command_line.say("\t".join(map(in_line, cells)))
