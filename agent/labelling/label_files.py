"""The labels of a folder, and its pictures that nobody can read: two CSV files beside the pictures.

    labels.csv      file,text
    unreadable.csv  file

Each change is in its file before the call returns, so that a kill loses nothing.
"""

from __future__ import annotations

from pathlib import Path

from capslice.agent.reading.evaluation import PICTURES
from capslice.errors import LabelsError
from capslice.models.labels import (
    HEADER,
    LABELS_FILE,
    UNREADABLE_FILE,
    labels_file,
    labels_of,
    own_rows,
    replace_rows,
    unreadable_of,
)


class LabelFiles:
    """What is known of the pictures of a folder.

    The names of the files are labels only with `named`; in labels.csv, all of them can be.

    pictures:   the files, by name.
    texts:      the label of each file that has one.
    unreadable: the files that cannot be read.

    The constructor and the methods raise LabelsError if a file cannot be read or written.
    """

    def __init__(self, folder: Path, *, named: bool = False) -> None:
        self.folder = folder
        try:
            found = sorted(folder.iterdir())
        except OSError as error:
            raise LabelsError(f"{folder} cannot be read ({error.strerror or error})") from None
        self.pictures = [
            path
            for path in found
            if path.suffix.lower() in PICTURES and not path.name.startswith(".")
        ]
        if not self.pictures:
            raise LabelsError(f"{folder} has no pictures: collect some with `capslice collect`")
        known = labels_of(folder) if named else dict(own_rows(self.folder, LABELS_FILE))
        self.texts = {path: known[path] for path in self.pictures if path in known}
        self.unreadable = unreadable_of(folder)

    def label(self, path: Path, text: str) -> None:
        """Give a picture a label, or another one than it has."""
        rows = own_rows(self.folder, LABELS_FILE)  # `learn` may have added some
        if any(each == path for each, _ in rows):
            changed = ((each, text if each == path else old) for each, old in rows)
            replace_rows(self.folder, LABELS_FILE, HEADER, changed)
        else:
            with labels_file(self.folder) as add:
                add(path, text)
        self.texts[path] = text
        if path in self.unreadable:
            self._write_unreadable(self.unreadable - {path})

    def mark_unreadable(self, path: Path) -> None:
        """Say that nobody can read a picture, and drop its label if it has one."""
        rows = own_rows(self.folder, LABELS_FILE)
        kept = [(each, text) for each, text in rows if each != path]
        if not kept:
            (self.folder / LABELS_FILE).unlink(missing_ok=True)
        elif len(kept) < len(rows):
            replace_rows(self.folder, LABELS_FILE, HEADER, kept)
        self.texts.pop(path, None)
        self._write_unreadable(self.unreadable | {path})

    def _write_unreadable(self, paths: set[Path]) -> None:
        rows = ((path,) for path in sorted(paths))
        replace_rows(self.folder, UNREADABLE_FILE, HEADER[:1], rows)
        self.unreadable = paths
