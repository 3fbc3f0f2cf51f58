"""Labels of pictures in a folder, from the names of the files or from a CSV file.

A file's label is its name without the suffix, up to the first dash. The part after the dash
distinguishes pictures with the same label: `2345-1.png`, `2345-2.png`. A CSV file has the
columns `file`, relative to the folder, and `text`.
"""

from __future__ import annotations

import csv
from pathlib import Path

from capslice.errors import LabelsError

DASH = "-"


def labels_of(
    folder: Path, csv_file: Path | None = None, *, fold_case: bool = False
) -> dict[Path, str]:
    """Return the label of each file in `folder`, sorted by name, or in the order of `csv_file`.

    `fold_case` turns capital letters into small ones. Raises LabelsError if the folder or the
    CSV file cannot be read, or if the CSV file is invalid.
    """
    labels = _from_names(folder) if csv_file is None else _from_csv(folder, csv_file)
    return {path: text.casefold() for path, text in labels.items()} if fold_case else labels


def _from_names(folder: Path) -> dict[Path, str]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise LabelsError(
            f"{folder} cannot be read ({error.strerror}): make a data set with `capslice generate`"
        ) from None
    return {path: path.stem.partition(DASH)[0] for path in paths}


def _from_csv(folder: Path, csv_file: Path) -> dict[Path, str]:
    try:
        with csv_file.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelsError(f"{csv_file} cannot be read as a CSV file ({error})") from None
    if not rows or not {"file", "text"} <= set(rows[0]):
        raise LabelsError(f"{csv_file} has no rows, or not the columns `file` and `text`")
    labels: dict[Path, str] = {}
    for line, row in enumerate(rows, start=2):
        name, text = row["file"], row["text"]
        if not name or not text:
            raise LabelsError(f"{csv_file}: line {line} has no file or no text")
        path = folder / name
        if labels.setdefault(path, text) != text:
            raise LabelsError(f"{csv_file} gives {path} two labels: {labels[path]} and {text}")
    return labels
