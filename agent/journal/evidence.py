"""A folder of pictures with what is known of each: labels, and texts that a site rejected.

    9f86d081884c7d65.png   a picture, once, by the hash of its content
    labels.csv             file,text   the site accepted this text, or somebody typed it
    rejected.csv           file,text   the site rejected this text; a picture may have several

The rows are in the order of time, and none is there twice. A picture that is killed while it is
written leaves no file, so everything that is listed is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from capslice.errors import JournalError
from capslice.models.labels import (
    LABELS_FILE,
    REJECTED_FILE,
    collected_name,
    labels_file,
    own_rows,
    save_collected,
)


class Evidence:
    """Adds to a folder of evidence what it does not have yet; use `evidence`."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.labels = dict(own_rows(folder, LABELS_FILE))
        self._rejected = set(own_rows(folder, REJECTED_FILE))
        self._stack = stack
        self._writers: dict[str, Callable[[Path, str], None]] = {}

    def label(self, picture: bytes, text: str) -> bool:
        """Add the label of a picture; return whether it had none. The first one counts."""
        path = self._path(picture)
        if path in self.labels:
            return False
        self.labels[path] = text
        self._add(LABELS_FILE, path, picture, text)
        return True

    def reject(self, picture: bytes, text: str) -> bool:
        """Add that a picture does not show this text; return whether that is new."""
        path = self._path(picture)
        if (path, text) in self._rejected:
            return False
        self._rejected.add((path, text))
        self._add(REJECTED_FILE, path, picture, text)
        return True

    def _path(self, picture: bytes) -> Path:
        return self.folder / collected_name(picture)

    def _add(self, name: str, path: Path, picture: bytes, text: str) -> None:
        if not path.exists():
            save_collected(self.folder, picture)
        if name not in self._writers:
            self._writers[name] = self._stack.enter_context(labels_file(self.folder, name))
        self._writers[name](path, text)


@contextmanager
def evidence(folder: Path) -> Iterator[Evidence]:
    """Open a folder of evidence, which is made when something is added.

    Raises JournalError if it cannot be written to, and LabelsError if one of its lists is broken.
    """
    with _as_journal_error(folder), ExitStack() as stack:
        yield Evidence(folder, stack)


@contextmanager
def _as_journal_error(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise JournalError(
            f"{folder} cannot be written to ({reason}): export to another folder"
        ) from None
