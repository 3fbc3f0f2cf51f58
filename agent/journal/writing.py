"""What was done, written down as it is done: runs, and the attempts that each made.

Every step is on the disk before the next is taken. So whatever ends a process, an
answer that was sent is in the journal, and several processes may write one journal.
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

from capslice.agent.database import PATIENCE, as_journal_error, connect
from capslice.agent.owner import Owner
from capslice.agent.rules.redaction import redacted, redacted_text
from capslice.errors import CapsliceError, JournalError

KILLED = "killed"


class Journal:
    """A journal file, open between `with` and its end; made where it is missing.

    `patience` are the seconds to wait while other processes write. Threads may share one.

    Every method of it, its runs and their entries raises JournalError where the file
    cannot be written.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path = path
        self._patience = patience
        self._lock = threading.Lock()

    def __enter__(self) -> Journal:
        self._connection = connect(self.path, self._patience)
        try:
            self._bury()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def run(self, url: str) -> Run:
        """A run on the page at `url`, begun and ended by `with`."""
        return Run(self, url)

    def write(self, statement: str, *values: object) -> int:
        """Commit one statement to the disk; return the id of the row it inserted, if it did."""
        # An address from a command line may hold what UTF-8 cannot say.
        said = [_sayable(value) if isinstance(value, str) else value for value in values]
        with self._lock, as_journal_error(self.path):
            return self._connection.execute(statement, said).lastrowid or 0

    def _bury(self) -> None:
        """End the runs of processes that ended without a word."""
        with as_journal_error(self.path), closing(self._connection.cursor()) as cursor:
            cursor.execute("SELECT id, pid, created FROM runs WHERE ended IS NULL")
            dead = [run for run, *owner in cursor.fetchall() if not Owner(*owner).is_running]
        for run in dead:
            self.write(
                "UPDATE runs SET ended = ?, outcome = ? WHERE id = ? AND ended IS NULL",
                *(now(), KILLED, run),
            )


class Run:
    """One captcha, from opening its page to its end, for `with`.

    The outcome is `solved` where the last verdict was `accepted`, else `unsolved`;
    `failed` where an error passes through, `interrupted` where Ctrl-C does. `killed` is
    written by whoever opens the journal next.
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
        said = None if error is None else _in_one_line(error)
        if error is None:
            outcome = "solved" if self.verdict == "accepted" else "unsolved"
        else:
            outcome = "failed" if isinstance(error, Exception) else "interrupted"
        # An error that is on its way already is more than one that it cannot be written down.
        with suppress(JournalError) if error else nullcontext():
            self._journal.write(
                "UPDATE attempts SET ended = ?, error = ? WHERE run = ? AND ended IS NULL",
                *(now(), said, self.id),
            )
            self._journal.write(
                "UPDATE runs SET ended = ?, outcome = ?, error = ? WHERE id = ?",
                *(now(), outcome, said, self.id),
            )

    def attempt(self, url: str) -> Entry:
        """Write that an attempt is begun on the page at `url`."""
        self._attempts += 1
        return Entry(self._journal, self, self._attempts, url)


class Entry:
    """One attempt: what was shown, what was answered, and what the page said."""

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
        """Write the picture as it was taken, and what was read in it, confidences in [0, 1]."""
        self._journal.write(
            "UPDATE attempts SET picture = ?, text = ?, confidence = ?, probabilities = ? WHERE id = ?",
            *(picture, text, float(confidence), json.dumps([*map(float, probabilities)]), self.id),
        )

    def submitting(self) -> None:
        """Write that the answer is about to be sent. When this returns, that is on the disk."""
        self._journal.write("UPDATE attempts SET submitted = ? WHERE id = ?", now(), self.id)

    def ended(
        self,
        verdict: str | None,
        error: str | None,
        url: str,
        stages: Mapping[str, float] | None = None,
    ) -> None:
        """Write what came of it, where the page was then, and how many seconds what took."""
        self._run.verdict = verdict
        self._journal.write(
            "UPDATE attempts SET ended = ?, verdict = ?, error = ?, url = ?, stages = ?"
            " WHERE id = ?",
            *(now(), verdict, error and _line(error), redacted(url)),
            *(json.dumps(dict(stages)) if stages is not None else None, self.id),
        )


def now() -> str:
    """The time as the journal has it."""
    return as_text(datetime.now(UTC))


def as_text(time: datetime) -> str:
    """A time as the journal has it: UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def _in_one_line(error: BaseException) -> str:
    if isinstance(error, CapsliceError):
        return _line(str(error))
    return _line(f"{type(error).__name__}: {error}".removesuffix(": "))


def _line(text: str) -> str:
    return redacted_text(" ".join(text.split()))


def _sayable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
