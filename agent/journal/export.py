"""Exports the accepted pictures of a journal as a labelled folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from capslice.agent.journal.attempts import Filter, rows
from capslice.errors import JournalError
from capslice.models.labels import fits_names, label_for_name, labels_file, suffix_of

LONGEST = 100  # characters of a text


@dataclass
class Export:
    """How many pictures were written, were already there, or have no text that is a label."""

    written: int = 0
    present: int = 0
    unusable: int = 0


def export(journal: Path, which: Filter, folder: Path) -> Export:
    """Write each accepted picture once into `folder`, as `<text>-<hash>.png`.

    A moving picture has the suffix of its format. Texts that file names cannot hold, such as sums,
    are in the folder's labels.csv. The hash is the picture's, so that a picture that is already
    there is recognised by its name. No file is overwritten.

    Raises JournalError if the journal cannot be read or the folder cannot be written to, and
    LabelsError if nothing can be added to its labels.csv.
    """
    result = Export()
    add_label: Callable[[Path, str], None] | None = None
    with ExitStack() as stack:
        for row in rows(journal, replace(which, verdict="accepted"), "picture, text"):
            picture, text = row["picture"], row["text"] or ""
            if not picture or not text.isprintable() or not 0 < len(text) <= LONGEST:
                result.unusable += 1
                continue
            try:
                folder.mkdir(parents=True, exist_ok=True)
                path = _new_path(folder, text, picture)
                if path is None:
                    result.present += 1
                    continue
                if not fits_names(text):
                    add_label = add_label or stack.enter_context(labels_file(folder))
                    add_label(path, text)
                _write(path, picture)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise JournalError(
                    f"{folder} cannot be written to ({reason}): export to another folder"
                ) from None
            result.written += 1
    return result


def _new_path(folder: Path, text: str, picture: bytes) -> Path | None:
    """A free name for a picture, or None if the folder already has the picture."""
    digest = hashlib.sha256(picture).hexdigest()
    for length in (8, 16, 32, 64):
        path = folder / f"{label_for_name(text)}-{digest[:length]}{suffix_of(picture)}"
        if not path.exists():
            return path
        if path.read_bytes() == picture:
            return None
    raise FileExistsError(None, f"{path.name} is another picture")


def _write(path: Path, picture: bytes) -> None:
    """Write a file, and rename it when it is complete, so that none is ever half written."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(picture)
    part.replace(path)
