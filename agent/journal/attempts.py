"""Reads the attempts of a journal, one by one, in constant memory.

Other processes may write to the journal meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

from capslice.agent.database import Moment, checked_json, checked_row, reading
from capslice.agent.journal.writing import KILLED, as_text
from capslice.agent.owner import Owner

MOST = 2**63 - 1  # SQLite's largest integer

# The keys of a printed attempt. `state` is the run's outcome, or null while the run goes on.
COLUMNS = (
    *("id", "run", "number", "started", "url", "text", "confidence", "probabilities"),
    *("submitted", "ended", "verdict", "error", "blocked", "state"),
)


class Row(TypedDict):
    """The types of the columns; two are lists in JSON."""

    id: int
    run: int
    number: int
    started: Moment
    url: str
    text: str | None
    confidence: float | None
    probabilities: str | None
    submitted: Moment | None
    ended: Moment | None
    verdict: str | None
    error: str | None
    blocked: str | None
    state: str | None
    pid: int
    created: float


# Selects the newest attempts, oldest first. The subquery collects only ids, so that no picture
# waits in memory.
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
    """Selects the attempts that match every given field.

    verdict: `none` selects attempts without a verdict.
    since:   selects attempts that started at this time or later; needs a time zone.
    url:     a part of the page's address.
    limit:   selects at most so many of the newest attempts.
    """

    run: int | None = None
    verdict: str | None = None
    since: datetime | None = None
    url: str | None = None
    limit: int | None = None

    def values(self) -> dict[str, object]:
        """The values of SELECT's placeholders."""
        since = None if self.since is None else as_text(self.since)
        run = None if self.run is None else min(self.run, MOST)
        limit = -1 if self.limit is None else min(self.limit, MOST)
        return {**vars(self), "run": run, "since": since, "limit": limit}


def attempts(journal: Path, which: Filter) -> Iterator[dict[str, Any]]:
    """Yield the attempts, oldest first, each as a dictionary of COLUMNS that JSON can encode.

    Raises JournalError if the file is missing or is no journal.
    """
    columns = f"{OF_ATTEMPT}, runs.outcome AS state, runs.pid, runs.created"
    for row in rows(journal, which, columns):
        checked_row(row, Row, journal)
        if row["state"] is None and not Owner(row["pid"], row["created"]).is_running:
            row["state"] = KILLED
        if row["probabilities"]:
            row["probabilities"] = checked_json(row["probabilities"], list[float], journal)
        row["blocked"] = checked_json(row["blocked"] or "[]", list[str], journal)
        yield {name: row[name] for name in COLUMNS}


def rows(journal: Path, which: Filter, columns: str) -> Iterator[dict[str, Any]]:
    """Yield the given columns of the attempts, oldest first. Raises JournalError as `attempts`."""
    with reading(journal) as connection:
        cursor = connection.execute(SELECT.format(columns=columns), which.values())
        names = [column for column, *_ in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))
