"""Labels of pictures in a folder, from the names of the files or from a CSV file.

A file's label is its name without the suffix, up to the first dash. The part after the dash
distinguishes pictures with the same label: `2345-1.png`, `2345-2.png`. A CSV file has the
columns `file`, relative to the folder, and `text`. If the folder itself has a `labels.csv`, the
files listed there have these labels, and the others have those of their names.

A file listed in `unreadable.csv`, with the column `file`, has no label, because nobody can read it.
A collected picture has no label yet. Its name is the start of the hash of its content, such as
`9f86d081884c7d65.png`; without a row in `labels.csv`, it is left out.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from capslice.errors import LabelsError
from capslice.files import opened_text, write_whole

DASH = "-"
LABELS_FILE = "labels.csv"
REJECTED_FILE = "rejected.csv"  # texts that a site rejected
UNREADABLE_FILE = "unreadable.csv"
HEADER = ["file", "text"]
LONGEST = 100  # characters of a label
HASH = re.compile(r"[0-9a-f]{16}")  # 64 bits, so that no two pictures of a folder share a name
# How the files of moving pictures begin. All other pictures are screenshots, which are PNG files.
SUFFIXES = {b"GIF8": ".gif", b"RIFF": ".webp"}
# Each is forbidden in names by some file system, except the dash, which ends the label, and the
# dot, which hides a file or begins its suffix.
NOT_IN_NAMES = '-./\\:*?"<>|'


def labels_of(
    folder: Path, csv_file: Path | None = None, *, fold_case: bool = False
) -> dict[Path, str]:
    """Return the label of each file in `folder`, sorted by name, or in the order of `csv_file`.

    `fold_case` turns capital letters into small ones. Raises LabelsError if the folder or the
    CSV file cannot be read, if the CSV file is invalid, or if a text is no label.
    """
    if csv_file:
        labels = _from_csv(folder, csv_file)
        if not labels:
            raise LabelsError(f"{csv_file} has no rows: name a file with labels")
    else:
        labels, own = _from_names(folder), folder / LABELS_FILE
        if own.exists():
            labels |= _from_csv(folder, own)
        for path in unreadable_of(folder):
            labels.pop(path, None)
    return {path: text.casefold() for path, text in labels.items()} if fold_case else labels


def _from_names(folder: Path) -> dict[Path, str]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise LabelsError(
            f"{folder} cannot be read ({error.strerror}): make a data set with `capslice generate`"
        ) from None
    labels = {
        path: path.stem.partition(DASH)[0]
        for path in paths
        if path.suffix != ".csv" and not is_collected(path)
    }
    for path, text in labels.items():
        _check(text, f"the name of {path.name[:60]}")
    return labels


def collected_name(picture: bytes) -> str:
    """Return the name of the file of a picture without a label."""
    return f"{hashlib.sha256(picture).hexdigest()[:16]}{suffix_of(picture)}"


def save_collected(folder: Path, picture: bytes) -> Path:
    """Write a picture without a label, whole or not at all, and return its file.

    Raises OSError.
    """
    path = folder / collected_name(picture)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, picture)
    return path


def is_collected(path: Path) -> bool:
    """Whether a file has the name that `collected_name` gives its content."""
    try:
        named = HASH.fullmatch(path.stem) and path.is_file()  # a pipe may never end
        return bool(named) and collected_name(path.read_bytes()) == path.name
    except OSError:
        return False


def suffix_of(picture: bytes) -> str:
    """Return the suffix of a picture taken from a page."""
    return next((each for head, each in SUFFIXES.items() if picture.startswith(head)), ".png")


def unreadable_of(folder: Path) -> set[Path]:
    """Return the files that the `unreadable.csv` of a folder lists, if it has one.

    Raises LabelsError if it cannot be read, or has no such column.
    """
    file = folder / UNREADABLE_FILE
    try:
        with opened_text(file) as opened:
            return {folder / row["file"] for row in csv.DictReader(opened, strict=True)}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise LabelsError(f"{file} cannot be read as a CSV file ({error})") from None


def rows_of(folder: Path, csv_file: Path) -> list[tuple[Path, str]]:
    """Return the file and the text of each row, in the order of `csv_file`; none if it is empty.

    Raises LabelsError if it cannot be read, or if it is invalid.
    """
    try:
        with opened_text(csv_file) as file:
            reader = csv.DictReader(file, strict=True)
            rows, columns = list(reader), reader.fieldnames
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelsError(f"{csv_file} cannot be read as a CSV file ({error})") from None
    if columns and not {*HEADER} <= set(columns):
        raise LabelsError(f"{csv_file} has not the columns `file` and `text`: write them")
    for line, row in enumerate(rows, start=2):
        if not row["file"] or not row["text"]:
            raise LabelsError(f"{csv_file}: line {line} has no file or no text")
        _check(row["text"], f"line {line} of {csv_file}")
    return [(folder / row["file"], row["text"]) for row in rows]


def own_rows(folder: Path, name: str) -> list[tuple[Path, str]]:
    """Return the rows of the list of this name in the folder itself; none if it has no such list.

    Raises LabelsError as `rows_of` does.
    """
    file = folder / name
    return rows_of(folder, file) if file.exists() else []


def _from_csv(folder: Path, csv_file: Path) -> dict[Path, str]:
    labels: dict[Path, str] = {}
    for path, text in rows_of(folder, csv_file):
        if labels.setdefault(path, text) != text:
            raise LabelsError(f"{csv_file} gives {path} two labels: {labels[path]} and {text}")
    return labels


def is_label(text: str) -> bool:
    """Whether this can be the text of a captcha: 1 to LONGEST printable characters."""
    return text.isprintable() and 0 < len(text) <= LONGEST


def _check(text: str, where: str) -> None:
    if text and not is_label(text):
        raise LabelsError(
            f"{where} has a text that is no label ({text[:20]!r}, {len(text):,} characters): it "
            f"may have up to {LONGEST} printable characters"
        )


def fits_names(characters: str) -> bool:
    """Whether any text of these characters can be a label in the name of a file."""
    return not any(c in NOT_IN_NAMES or c == " " or not c.isprintable() for c in characters)


def label_for_name(text: str) -> str:
    """Return the text with an underscore for each character that does not fit a file name."""
    return "".join(c if fits_names(c) else "_" for c in text)


def replace_rows(
    folder: Path, name: str, header: Sequence[str], rows: Iterable[tuple[Path, *tuple[str, ...]]]
) -> None:
    """Write a whole CSV file about files of a folder, or leave the one that is there.

    Raises LabelsError if that is impossible.
    """
    file = folder / name
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows((path.relative_to(folder), *rest) for path, *rest in rows)
    try:
        write_whole(file, text.getvalue().encode())
    except OSError as error:
        raise LabelsError(f"{file} cannot be written ({error.strerror or error})") from None


@contextmanager
def labels_file(folder: Path, name: str = LABELS_FILE) -> Iterator[Callable[[Path, str], None]]:
    """Open the `labels.csv` of a folder, and give a function that adds a file and its label.

    `name` is that of another list with the same columns.

    Raises LabelsError if it cannot be written, or if it has other columns than `file` and `text`.
    """
    path = folder / name
    try:
        before = path.read_text("utf-8-sig") if path.exists() else ""
        file = path.open("ab", buffering=0)
        if before and not before.endswith("\n"):
            file.write(b"\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelsError(f"{path} cannot be written to ({error}): take another folder") from None
    with file:
        if before and before.splitlines()[0].split(",") != HEADER:
            raise LabelsError(f"{path} has other columns than file,text: take another folder")

        def add(picture: Path, text: str) -> None:
            """Write the row in one piece, so that neither a kill nor a full disk cuts it."""
            row = io.StringIO()
            writer = csv.writer(row, lineterminator="\n")
            end = file.seek(0, io.SEEK_END)
            if not end:
                writer.writerow(HEADER)
            writer.writerow((picture.relative_to(folder), text))
            content = row.getvalue().encode()
            try:
                if file.write(content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                file.truncate(end)
                raise

        yield add
