"""Reads the sessions of an audit, and the captchas of each, from its journal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from capslice.agent.database import Moment, checked_json, checked_row, reading
from capslice.agent.reading.suitability import picture_size
from capslice.errors import JournalError

FINISHED = ("solved", "unsolved", "failed")

RUNS = "SELECT id, started, ended, outcome, error FROM runs ORDER BY id"
ATTEMPTS = """
SELECT run, text, confidence, verdict, stages, picture
FROM attempts WHERE text IS NOT NULL ORDER BY id
"""
# The newest accepted captcha, or the newest of all.
SAMPLE = """
SELECT picture, text, confidence, verdict FROM attempts
WHERE picture IS NOT NULL AND text IS NOT NULL
ORDER BY verdict = 'accepted' DESC, id DESC LIMIT 1
"""
REJECTED = """
SELECT picture, text, confidence, ended FROM attempts
WHERE verdict = 'rejected' AND picture IS NOT NULL ORDER BY id DESC LIMIT ?
"""


class RunRow(NamedTuple):
    """The columns of RUNS."""

    id: int
    started: Moment
    ended: Moment | None
    outcome: str | None
    error: str | None


class AttemptRow(NamedTuple):
    """The columns of ATTEMPTS."""

    run: int
    text: str
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)]
    verdict: str | None
    stages: str | None
    picture: bytes | None


@dataclass(frozen=True)
class ReadCaptcha:
    """A captcha that the model read.

    picture: SHA-256 of the picture, in hexadecimal.
    stages:  seconds by name of the stage.
    size:    size of the picture in pixels, such as `180x50`; None if it is no picture.
    """

    text: str
    confidence: float
    verdict: str | None
    picture: str
    stages: dict[str, float]
    size: str | None = None

    @property
    def is_answered(self) -> bool:
        """Whether an answer was sent, and the site gave a verdict."""
        return self.verdict in ("accepted", "rejected")


@dataclass
class Session:
    """One visit: the agent answers captchas until an answer is accepted or it gives up."""

    started: datetime
    ended: datetime | None
    outcome: str | None
    error: str | None
    captchas: list[ReadCaptcha] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether the session was not interrupted; only such sessions count."""
        return self.outcome in FINISHED

    @property
    def seconds(self) -> float:
        """Its duration, or 0 if it has not ended."""
        return (self.ended - self.started).total_seconds() if self.ended else 0.0


def read_sessions(journal: Path) -> list[Session]:
    """All sessions in the order of their start. Raises JournalError."""
    with reading(journal) as connection:
        sessions = {
            run: Session(
                *(started, ended, outcome, error),
            )
            for run, started, ended, outcome, error in (
                checked_row(row, RunRow, journal) for row in connection.execute(RUNS)
            )
        }
        for row in connection.execute(ATTEMPTS):
            run, text, confidence, verdict, stages, picture = checked_row(row, AttemptRow, journal)
            digest = hashlib.sha256(picture or b"").hexdigest()
            seconds = checked_json(stages or "{}", dict[str, float], journal)
            if run not in sessions:
                raise JournalError(f"{journal} has attempts without a run: name another journal")
            sessions[run].captchas.append(
                ReadCaptcha(
                    text, confidence, verdict, digest, seconds, picture_size(picture or b"")
                )
            )
    return list(sessions.values())


def sample(journal: Path) -> tuple[bytes, str, float, str | None] | None:
    """(PNG, text, confidence, verdict) of a captcha to show; None if none was read.

    It is an accepted one if there is any. Raises JournalError.
    """
    with reading(journal) as connection:
        row: tuple[bytes, str, float, str | None] | None = connection.execute(SAMPLE).fetchone()
    return row


def rejected_answers(journal: Path, limit: int) -> Iterator[tuple[bytes, str, float, str]]:
    """(PNG, text, confidence, time) of the newest rejected answers. Raises JournalError."""
    with reading(journal) as connection:
        yield from connection.execute(REJECTED, (limit,)).fetchall()
