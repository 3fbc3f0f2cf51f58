"""The answers that were sent so far, from the journal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from capslice.agent.audit.sessions import FINISHED
from capslice.agent.database import reading

SUBMITTED = """
SELECT attempts.run, verdict, text, confidence, runs.started, runs.ended, outcome, runs.url
FROM attempts JOIN runs ON runs.id = attempts.run
WHERE submitted IS NOT NULL ORDER BY attempts.id
"""


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
    if not journal.exists():
        return []
    with reading(journal) as connection:
        rows = connection.execute(SUBMITTED).fetchall()
    sent_in = Counter(run for run, *_ in rows)
    return [
        Answer(
            {"accepted": True, "rejected": False}.get(verdict),
            text or "",
            confidence or 0.0,
            _seconds(started, ended) / sent_in[run] if outcome in FINISHED else 0.0,
            url,
        )
        for run, verdict, text, confidence, started, ended, outcome, url in rows
    ]


def _seconds(started: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def accepted(answers: list[Answer]) -> int:
    """How many of the answers were accepted."""
    return sum(bool(answer.accepted) for answer in answers)
