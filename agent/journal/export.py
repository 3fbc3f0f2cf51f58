"""Exports the accepted pictures of a journal as a labelled folder."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from capslice.agent.journal.attempts import Filter, rows
from capslice.errors import JournalError


@dataclass
class Export:
    """How many pictures were written, were already there, or have no text for a file name."""

    written: int = 0
    present: int = 0
    unusable: int = 0


def export(journal: Path, which: Filter, folder: Path) -> Export:
    """Write each accepted picture once into `folder`, as `<text>-<hash>.png`.

    The hash is the picture's, so that a picture that is already there is recognised by its
    name. No file is overwritten.

    Raises JournalError if the journal cannot be read or the folder cannot be written to.
    """
    result = Export()
    for row in rows(journal, replace(which, verdict="accepted"), "picture, text"):
        picture, text = row["picture"], row["text"] or ""
        if not picture or not text.isalnum():
            result.unusable += 1
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if _write_new(folder, text, picture):
                result.written += 1
            else:
                result.present += 1
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise JournalError(
                f"{folder} cannot be written to ({reason}): export to another folder"
            ) from None
    return result


def _write_new(folder: Path, text: str, picture: bytes) -> bool:
    """Write a picture under a free name; return False if the folder already has the picture."""
    digest = hashlib.sha256(picture).hexdigest()
    for length in (8, 16, 32, 64):
        path = folder / f"{text}-{digest[:length]}.png"
        if not path.exists():
            # Renamed when complete, so that no file is ever half written.
            part = folder / f".{path.name}.{os.getpid()}"
            part.write_bytes(picture)
            part.replace(path)
            return True
        if path.read_bytes() == picture:
            return False
    raise FileExistsError(None, f"{path.name} is another picture")
