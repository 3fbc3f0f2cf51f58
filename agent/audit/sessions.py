"""What an audit's journal tells: sessions, and the captchas that came in each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from capslice.agent.database import reading

FINISHED = ("solved", "unsolved", "failed")

RUNS = "SELECT id, started, ended, outcome, error FROM runs ORDER BY id"
ATTEMPTS = """
SELECT run, text, confidence, verdict, stages, picture
FROM attempts WHERE text IS NOT NULL ORDER BY id
"""
REJECTED = """
SELECT picture, text, confidence, ended FROM attempts
WHERE verdict = 'rejected' AND picture IS NOT NULL ORDER BY id DESC LIMIT ?
"""


@dataclass(frozen=True)
class Shown:
    """A captcha that was read. `picture` is a hash of it; `stages` are seconds, by name."""

    text: str
    confidence: float
    verdict: str | None
    picture: str
    stages: dict[str, float]


@dataclass
class Session:
    """One visit, from the page's opening to its end: captchas until one was accepted."""

    started: datetime
    ended: datetime | None
    outcome: str | None
    error: str | None
    shown: list[Shown] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether it came to an end by itself, so that it counts."""
        return self.outcome in FINISHED

    @property
    def seconds(self) -> float:
        """From start to end; 0 where it has none."""
        return (self.ended - self.started).total_seconds() if self.ended else 0.0


def sessions(journal: Path) -> list[Session]:
    """All of them, in the order in which they were begun. Raises JournalError."""
    with reading(journal) as connection:
        found = {
            run: Session(
                datetime.fromisoformat(started),
                datetime.fromisoformat(ended) if ended else None,
                outcome,
                error,
            )
            for run, started, ended, outcome, error in connection.execute(RUNS)
        }
        for run, text, confidence, verdict, stages, picture in connection.execute(ATTEMPTS):
            known = hashlib.sha256(picture or b"").hexdigest()
            timed = json.loads(stages or "{}")
            found[run].shown.append(Shown(text, confidence, verdict, known, timed))
    return list(found.values())


def rejected(journal: Path, most: int) -> Iterator[tuple[bytes, str, float, str]]:
    """Picture (PNG), text, confidence and time of the newest rejected answers."""
    with reading(journal) as connection:
        yield from connection.execute(REJECTED, (most,)).fetchall()
