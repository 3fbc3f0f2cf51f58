"""A reader in a process of its own: timed from its start, weighed, and held to some cores."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, NamedTuple, Self

from benchmarks.readers.kinds import Kind


class Answer(NamedTuple):
    """What was read, and the seconds that this took in its process."""

    text: str
    seconds: float


class ReaderProcess:
    """Reads with `kind` on `threads` cores, until the end of a `with` block.

    started: seconds from the start of the process to its first answer, once there is one.
    """

    def __init__(self, kind: Kind, threads: int) -> None:
        self.kind = kind
        self._begun = time.perf_counter()
        self.started: float | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.readers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._send((kind, threads))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def read(self, content: bytes) -> Answer:
        """The text of a PNG file's content. Raises EOFError where the process has ended."""
        answer = Answer(*self._ask(content))
        if self.started is None:
            self.started = time.perf_counter() - self._begun
        return answer

    def megabytes(self) -> float:
        """The most memory that it has had so far."""
        return float(self._ask(None))

    def _ask(self, what: bytes | None) -> Any:
        self._send(what)
        assert self._process.stdout
        return pickle.load(self._process.stdout)

    def _send(self, what: object) -> None:
        assert self._process.stdin
        pickle.dump(what, self._process.stdin)
        self._process.stdin.flush()
