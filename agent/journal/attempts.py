"""What a journal tells: its attempts one by one, and the accepted pictures as a labelled folder.

It is only read here, also while others write into it, and an attempt is forgotten
before the next is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from capslice.agent.database import reading
from capslice.agent.journal.writing import KILLED, as_text
from capslice.agent.owner import Owner

# As they are printed; `state` is the run's outcome, and null while it goes on.
COLUMNS = (
    *("id", "run", "number", "started", "url", "text", "confidence", "probabilities"),
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
    for row in rows(journal, which, columns):
        if row["state"] is None and not Owner(row["pid"], row["created"]).is_running:
            row["state"] = KILLED
        row["probabilities"] = json.loads(row["probabilities"] or "null")
        yield {name: row[name] for name in COLUMNS}


def rows(journal: Path, which: Filter, columns: str) -> Iterator[dict[str, Any]]:
    """The given columns of these attempts, oldest first. Raises JournalError as `attempts`."""
    with reading(journal) as connection:
        cursor = connection.execute(SELECT.format(columns=columns), which.values())
        names = [column for column, *_ in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))
