"""What labelled pictures there are: by the names of their files, or by a list of them.

A name is the label, up to a dash if there is one, and what follows tells pictures of the same
label apart. A list is a CSV file of two columns, `file` and `text`, whose files are named from
the folder on.
"""

from __future__ import annotations

import csv
from pathlib import Path

from capslice.errors import LabelsError

DASH = "-"


def labels_of(
    folder: Path, listed: Path | None = None, *, fold_case: bool = False
) -> dict[Path, str]:
    """The label of each file of a folder, sorted by name, or of each that is `listed`.

    If they are to `fold_case`, capitals are taken for small letters. Raises LabelsError where the
    folder or the list cannot be read, or is none.
    """
    labels = _named(folder) if listed is None else _listed(folder, listed)
    return {path: text.casefold() for path, text in labels.items()} if fold_case else labels


def _named(folder: Path) -> dict[Path, str]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise LabelsError(
            f"{folder} cannot be read ({error.strerror}): make a data set with `capslice generate`"
        ) from None
    return {path: path.stem.partition(DASH)[0] for path in paths}


def _listed(folder: Path, listed: Path) -> dict[Path, str]:
    try:
        with listed.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelsError(f"{listed} cannot be read as a CSV file ({error})") from None
    if not rows or not {"file", "text"} <= set(rows[0]):
        raise LabelsError(f"{listed} has no rows, or not the columns `file` and `text`")
    labels: dict[Path, str] = {}
    for line, row in enumerate(rows, start=2):
        name, text = row["file"], row["text"]
        if not name or not text:
            raise LabelsError(f"{listed}: in line {line} file or text is missing")
        path = folder / name
        if labels.setdefault(path, text) != text:
            raise LabelsError(f"{listed} gives {path} two labels: {labels[path]} and {text}")
    return labels
