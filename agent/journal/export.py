"""The accepted pictures of a journal as a labelled folder."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from capslice.agent.journal.attempts import Filter, rows
from capslice.errors import JournalError


@dataclass
class Export:
    """How many pictures were written, were in the folder already, or cannot be a file's label."""

    written: int = 0
    present: int = 0
    unusable: int = 0


def export(journal: Path, which: Filter, folder: Path) -> Export:
    """Write the accepted pictures into `folder` as `<text>-<random>.png`, each once.

    What stands behind the dash comes from the picture itself, so that one that is
    there already is known by its name. No file is overwritten.

    Raises JournalError where the journal cannot be read or the folder not be written to.
    """
    done = Export()
    for row in rows(journal, replace(which, verdict="accepted"), "picture, text"):
        picture, text = row["picture"], row["text"] or ""
        if not picture or not text.isalnum():
            done.unusable += 1
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if _write_new(folder, text, picture):
                done.written += 1
            else:
                done.present += 1
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise JournalError(
                f"{folder} cannot be written to ({reason}): export to another folder"
            ) from None
    return done


def _write_new(folder: Path, text: str, picture: bytes) -> bool:
    """Write a picture under a name that is not taken; False where it is there already."""
    random = hashlib.sha256(picture).hexdigest()
    for length in (8, 16, 32, 64):
        path = folder / f"{text}-{random[:length]}.png"
        if not path.exists():
            # Under its name it is whole, whatever happens meanwhile.
            part = folder / f".{path.name}.{os.getpid()}"
            part.write_bytes(picture)
            part.replace(path)
            return True
        if path.read_bytes() == picture:
            return False
    raise FileExistsError(None, f"{path.name} is another picture")
