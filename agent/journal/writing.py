"""Writes the journal: runs, and the attempts of each run.

Each step is on the disk before the next one starts. So every answer that was sent is in the
journal, even if the process is killed, and several processes may write to one journal.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

from capslice.agent.database import TIMEOUT, as_journal_error, connect
from capslice.agent.owner import Owner
from capslice.agent.rules.redaction import redacted, redacted_text
from capslice.errors import CapsliceError, JournalError

KILLED = "killed"


class Journal:
    """A journal file, open inside `with`; created if it is missing. Threads may share it.

    `timeout` is how many seconds to wait while other processes write.

    Every method of a Journal, Run or Entry raises JournalError if the file cannot be written.
    """

    def __init__(self, path: Path | str, *, timeout: float = TIMEOUT) -> None:
        self.path = Path(path)
        self._timeout = timeout
        self._lock = threading.Lock()

    def __enter__(self) -> Journal:
        self._connection = connect(self.path, self._timeout)
        try:
            self._end_dead_runs()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def run(self, url: str) -> Run:
        """A run on the page at `url`; `with` starts and ends it."""
        return Run(self, url)

    def write(self, statement: str, *values: object) -> int:
        """Commit one statement to the disk; return the id of the row that it inserted, or 0."""
        # An address from a command line may contain surrogates, which UTF-8 cannot encode.
        encodable = [_encodable(value) if isinstance(value, str) else value for value in values]
        with self._lock, as_journal_error(self.path):
            return self._connection.execute(statement, encodable).lastrowid or 0

    def _end_dead_runs(self) -> None:
        """Mark the runs of processes that died as killed."""
        with as_journal_error(self.path), closing(self._connection.cursor()) as cursor:
            cursor.execute("SELECT id, pid, created FROM runs WHERE ended IS NULL")
            dead = [run for run, *owner in cursor.fetchall() if not Owner(*owner).is_running]
        for run in dead:
            self.write(
                "UPDATE runs SET ended = ?, outcome = ? WHERE id = ? AND ended IS NULL",
                *(now(), KILLED, run),
            )


class Run:
    """One solve of a captcha, from opening its page to its end, inside `with`.

    The outcome is `solved` if the last verdict was `accepted`, else `unsolved`; `failed` if an
    error leaves the `with`, and `interrupted` if Ctrl-C does. If the process is killed, the
    next one that opens the journal writes `killed`.
    """

    def __init__(self, journal: Journal, url: str) -> None:
        self._journal = journal
        self._url = url
        self._attempts = 0
        self.verdict: str | None = None

    def __enter__(self) -> Run:
        owner = Owner.here()
        self.id = self._journal.write(
            "INSERT INTO runs (started, url, version, pid, created) VALUES (?, ?, ?, ?, ?)",
            *(now(), redacted(self._url), version("capslice"), owner.pid, owner.created),
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        message = None if error is None else _message(error)
        if error is None:
            outcome = "solved" if self.verdict == "accepted" else "unsolved"
        else:
            outcome = "failed" if isinstance(error, Exception) else "interrupted"
        # The error that ended the run matters more than a journal that cannot be written.
        with suppress(JournalError) if error else nullcontext():
            self._journal.write(
                "UPDATE attempts SET ended = ?, error = ? WHERE run = ? AND ended IS NULL",
                *(now(), message, self.id),
            )
            self._journal.write(
                "UPDATE runs SET ended = ?, outcome = ?, error = ? WHERE id = ?",
                *(now(), outcome, message, self.id),
            )

    def attempt(self, url: str) -> Entry:
        """Record that an attempt starts on the page at `url`."""
        self._attempts += 1
        return Entry(self._journal, self, self._attempts, url)


class Entry:
    """One attempt: the picture, the reading, the answer and the verdict."""

    def __init__(self, journal: Journal, run: Run, number: int, url: str) -> None:
        self._journal = journal
        self._run = run
        self.number = number
        self.id = journal.write(
            "INSERT INTO attempts (run, number, url, started) VALUES (?, ?, ?, ?)",
            *(run.id, number, redacted(url), now()),
        )

    def read(
        self, picture: bytes, text: str, confidence: float, probabilities: Sequence[float]
    ) -> None:
        """Record the picture and its reading; confidence and probabilities are in [0, 1]."""
        self._journal.write(
            "UPDATE attempts SET picture = ?, text = ?, confidence = ?, probabilities = ?"
            " WHERE id = ?",
            *(picture, text, float(confidence), json.dumps([*map(float, probabilities)]), self.id),
        )

    def submitting(self) -> None:
        """Record that the answer is about to be sent; it is on the disk when this returns."""
        self._journal.write("UPDATE attempts SET submitted = ? WHERE id = ?", now(), self.id)

    def ended(
        self,
        verdict: str | None,
        error: str | None,
        url: str,
        stages: Mapping[str, float] | None = None,
        blocked: Sequence[str] = (),
    ) -> None:
        """Record the verdict or error, the page's final address, and the seconds of each stage.

        `blocked` says what the guard kept from other origins.
        """
        self._run.verdict = verdict
        self._journal.write(
            "UPDATE attempts SET ended = ?, verdict = ?, error = ?, url = ?, stages = ?,"
            " blocked = ? WHERE id = ?",
            *(now(), verdict, error and _one_line(error), redacted(url)),
            json.dumps(dict(stages)) if stages is not None else None,
            *(json.dumps([*map(_one_line, blocked)]) if blocked else None, self.id),
        )


def now() -> str:
    """The current time as the journal stores it."""
    return as_text(datetime.now(UTC))


def as_text(time: datetime) -> str:
    """A time as the journal stores it: UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def _message(error: BaseException) -> str:
    if isinstance(error, CapsliceError):
        return _one_line(str(error))
    return _one_line(f"{type(error).__name__}: {error}".removesuffix(": "))


def _one_line(text: str) -> str:
    return redacted_text(" ".join(text.split()))


def _encodable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
