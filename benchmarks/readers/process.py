"""Runs a reader in a process of its own, to time it from its start and measure its memory."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, NamedTuple, Self

from benchmarks.readers.specs import ReaderSpec


class Answer(NamedTuple):
    """What a reader read.

    confidence:        its probability, in [0, 1], if the reader gives one.
    seconds:           the time that reading took in the reader's process.
    processor_seconds: the time of one core that it took, which other work hardly changes.
    """

    text: str
    confidence: float | None
    seconds: float
    processor_seconds: float


class ReaderProcess:
    """Reads with a reader on `threads` cores, until the end of a `with` block.

    startup_seconds: from the start of the process to its first answer; None before that.
    """

    def __init__(self, spec: ReaderSpec, threads: int) -> None:
        self.startup_seconds: float | None = None
        self._started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.readers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._send((spec, threads))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def read(self, content: bytes) -> Answer:
        """Read the content of a picture file. Raises EOFError if the process has ended."""
        answer = Answer(*self._ask(content))
        if self.startup_seconds is None:
            self.startup_seconds = time.perf_counter() - self._started
        return answer

    def peak_megabytes(self) -> float:
        """The highest memory use of the process so far, in MB."""
        return float(self._ask(None))

    def _ask(self, request: bytes | None) -> Any:
        self._send(request)
        assert self._process.stdout
        return pickle.load(self._process.stdout)

    def _send(self, request: object) -> None:
        assert self._process.stdin
        pickle.dump(request, self._process.stdin)
        self._process.stdin.flush()
