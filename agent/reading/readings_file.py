"""`readings.csv` beside the pictures of a folder: what one model reads in each, and how sure it is.

The columns are `file`, relative to the folder, `text`, and `confidence`, in [0, 1].
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from capslice.agent.reading.read_files import read_files
from capslice.agent.reading.reader import Reader
from capslice.errors import LabelsError, PictureError
from capslice.files import opened_text
from capslice.models.labels import replace_rows

READINGS_FILE = "readings.csv"
HEADER = ("file", "text", "confidence")


class FileReading(NamedTuple):
    """What a model reads in a file, and the probability, in [0, 1], that it is right."""

    text: str
    confidence: float


def read_all(reader: Reader, paths: Iterable[Path]) -> dict[Path, FileReading]:
    """Read these files, except those that are no pictures. Raises ModelError."""
    found: dict[Path, FileReading] = {}
    for batch in read_files(reader, paths):
        readings = reader.readings(batch.probabilities)
        for path, outcome in batch.outcomes:
            if not isinstance(outcome, PictureError):
                found[path] = FileReading(readings[outcome].text, readings[outcome].confidence)
    return found


def readings_of(folder: Path) -> dict[Path, FileReading]:
    """Return the readings in a folder's `readings.csv`; none if it has no such file.

    Raises LabelsError if the file cannot be read or has other columns.
    """
    file = folder / READINGS_FILE
    try:
        with opened_text(file) as opened:
            return {
                folder / row["file"]: FileReading(row["text"], float(row["confidence"]))
                for row in csv.DictReader(opened, strict=True)
            }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise LabelsError(
            f"{file} cannot be read ({error}): delete it, and have a model read again (--model)"
        ) from None


def write_readings(folder: Path, readings: dict[Path, FileReading]) -> None:
    """Replace a folder's `readings.csv`. Raises LabelsError if that is impossible."""
    rows = ((path, *_columns(each)) for path, each in readings.items())
    replace_rows(folder, READINGS_FILE, HEADER, rows)


def add_reading(folder: Path, path: Path, reading: FileReading) -> None:
    """Add a row to a folder's `readings.csv`. Raises LabelsError if that is impossible."""
    file = folder / READINGS_FILE
    try:
        with file.open("a", newline="", encoding="utf-8") as opened:
            writer = csv.writer(opened, lineterminator="\n")
            if not opened.tell():
                writer.writerow(HEADER)
            writer.writerow((path.relative_to(folder), *_columns(reading)))
    except OSError as error:
        raise LabelsError(f"{file} cannot be written ({error.strerror or error})") from None


def _columns(reading: FileReading) -> tuple[str, str]:
    return reading.text, f"{reading.confidence:.4f}"
