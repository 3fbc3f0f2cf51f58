"""What a journal tells: its attempts one by one, and the accepted pictures as a labelled folder.

It is only read here, also while others write into it, and an attempt is forgotten
before the next is fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.database import reading
from agent.errors import JournalError
from agent.journal import KILLED, as_text
from agent.owner import Owner

# As they are printed; `state` is the run's outcome, and null while it goes on.
COLUMNS = (
    *("id", "run", "number", "started", "url", "text", "confidence", "digits"),
    *("submitted", "ended", "verdict", "error", "state"),
)

# The newest few, and still the oldest of them first. Only their ids are gathered, so that
# neither the rest nor a picture waits in memory for its turn.
SELECT = """
SELECT {columns}
FROM attempts JOIN runs ON runs.id = attempts.run
WHERE attempts.id IN (
    SELECT id FROM attempts
    WHERE (:run IS NULL OR run = :run)
    AND (:verdict IS NULL OR ifnull(verdict, 'none') = :verdict)
    AND (:since IS NULL OR started >= :since)
    AND (:url IS NULL OR instr(url, :url))
    ORDER BY id DESC LIMIT :limit
)
ORDER BY attempts.id
"""
OF_ATTEMPT = ", ".join(f"attempts.{name}" for name in COLUMNS[:-1])


@dataclass(frozen=True)
class Filter:
    """Which attempts: those for which all that is given holds.

    verdict: `none` for attempts without one.
    since:   with a time zone; attempts that were begun then or later.
    url:     what the address contains.
    limit:   how many at the most, of those the newest.
    """

    run: int | None = None
    verdict: str | None = None
    since: datetime | None = None
    url: str | None = None
    limit: int | None = None

    def values(self) -> dict[str, object]:
        """For the placeholders of SELECT."""
        since = None if self.since is None else as_text(self.since)
        limit = -1 if self.limit is None else self.limit
        return {**vars(self), "since": since, "limit": limit}


def attempts(journal: Path, which: Filter) -> Iterator[dict[str, Any]]:
    """The attempts, oldest first, as what JSON can say: a dictionary of COLUMNS.

    Raises JournalError where the file is missing, or no journal.
    """
    columns = f"{OF_ATTEMPT}, runs.outcome AS state, runs.pid, runs.created"
    for row in _rows(journal, which, columns):
        if row["state"] is None and not Owner(row["pid"], row["created"]).is_running:
            row["state"] = KILLED
        row["digits"] = json.loads(row["digits"] or "null")
        yield {name: row[name] for name in COLUMNS}


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
    for row in _rows(journal, replace(which, verdict="accepted"), "picture, text"):
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


def _rows(journal: Path, which: Filter, columns: str) -> Iterator[dict[str, Any]]:
    with reading(journal) as connection:
        cursor = connection.execute(SELECT.format(columns=columns), which.values())
        names = [column for column, *_ in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


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
