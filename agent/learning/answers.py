"""The answers that were sent so far, from the journal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from capslice.agent.audit.sessions import FINISHED
from capslice.agent.database import Moment, checked_row, reading

SUBMITTED = """
SELECT attempts.run, verdict, text, confidence, runs.started, runs.ended, outcome, runs.url
FROM attempts JOIN runs ON runs.id = attempts.run
WHERE submitted IS NOT NULL ORDER BY attempts.id
"""


class SubmittedRow(NamedTuple):
    """The columns of SUBMITTED."""

    run: int
    verdict: str | None
    text: str | None
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] | None
    started: Moment
    ended: Moment | None
    outcome: str | None
    url: str


@dataclass(frozen=True)
class Answer:
    """An answer that was sent.

    text:     what was read.
    accepted: what the site said; None if the agent did not see it, because it was killed or the
              page failed. Such an answer counts as sent, and not as accepted.
    seconds:  its share of the session's time; 0 for a session that was killed.
    """

    accepted: bool | None
    text: str
    confidence: float
    seconds: float
    url: str


def read_answers(journal: Path) -> list[Answer]:
    """All answers in the order in which they were sent; none without a journal.

    Raises JournalError.
    """
    if not journal.exists() or (journal.is_file() and not journal.stat().st_size):
        return []  # a process that was killed while it made the file leaves an empty one
    with reading(journal) as connection:
        rows = [checked_row(row, SubmittedRow, journal) for row in connection.execute(SUBMITTED)]
    sent_in = Counter(row.run for row in rows)
    return [
        Answer(
            {"accepted": True, "rejected": False}.get(row.verdict or ""),
            row.text or "",
            row.confidence or 0.0,
            _seconds(row) / sent_in[row.run],
            row.url,
        )
        for row in rows
    ]


def _seconds(row: SubmittedRow) -> float:
    if not row.ended or row.outcome not in FINISHED:
        return 0.0
    return (row.ended - row.started).total_seconds()


def accepted(answers: list[Answer]) -> int:
    """How many of the answers were accepted."""
    return sum(bool(answer.accepted) for answer in answers)
