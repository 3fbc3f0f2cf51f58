"""Answers the captchas of a simulated site, and fits in rounds, as `capslice learn` does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.learning.site import Site
from capslice import Reader
from capslice.models.decoding import Known
from capslice.models.intervals import Rate
from capslice.training.learning.settings import GENERAL


@dataclass(frozen=True)
class Point:
    """What was reached after a fit, or before the first one.

    submissions: answers that were sent so far.
    labels:      labels so far: those made by hand, and accepted answers.
    accepted:    how many of the answers since the last point were right; None before the first.
    test:        how many of the test pictures are read right.
    seconds:     how long all fits took so far, the start of their processes included.
    """

    submissions: int
    labels: int
    accepted: Rate | None
    test: Rate
    seconds: float


@dataclass
class Simulation:
    """One run of learning.

    folder:  where the rounds are written to.
    sizes:   how many answers come before the first fit, the second, and so on; the last holds on.
    options: of `python -m capslice.training.learning`.
    """

    site: Site
    folder: Path
    submissions: int
    sizes: Sequence[int]
    by_hand: int = 0
    options: Sequence[str] = ()
    seconds: float = 0.0
    rounds: int = 0

    def run(self) -> Iterator[Point]:
        """Yield a point before the first fit and after each one, until submissions are used up."""
        reader, sent, answers = self._reader(Path(GENERAL)), 0, 0
        yield Point(0, 0, None, self._test(reader), 0.0)
        if self.by_hand:
            self.site.label(self.by_hand)
            reader = self._fit()
            yield Point(0, self.by_hand, None, self._test(reader), self.seconds)
        while sent < self.submissions:
            size = self.sizes[min(answers, len(self.sizes) - 1)]
            shown = self.site.show(min(size, self.submissions - sent))
            if not shown:
                return
            right = sum(
                self.site.judge(path, text, reader.read(reader.open(path)).text)
                for path, text in shown
            )
            sent, answers = sent + len(shown), answers + 1
            reader = self._fit()
            yield Point(
                sent,
                len(self.site.accepted),
                Rate(right, len(shown)),
                self._test(reader),
                self.seconds,
            )

    def _reader(self, model: Path) -> Reader:
        return Reader(model, known=Known(case="fold" if self.site.fold else "keep"))

    def _test(self, reader: Reader) -> Rate:
        texts = (reader.read(reader.open(path)).text for path, _ in self.site.test)
        right = [
            self.site.is_right(text, read)
            for read, (_, text) in zip(texts, self.site.test, strict=True)
        ]
        return Rate(sum(right), len(right))

    def _fit(self) -> Reader:
        """Fit in a process of its own, from the round before."""
        self.site.write()
        start = self.folder / f"round-{self.rounds}" if self.rounds else GENERAL
        self.rounds += 1
        out = self.folder / f"round-{self.rounds}"
        command = [sys.executable, "-m", "capslice.training.learning", str(self.site.evidence)]
        command += ["--start", str(start), "--out", str(out), *self.options]
        started = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        self.seconds += time.monotonic() - started
        return self._reader(Path(json.loads(done.stdout.splitlines()[-1])["model"]))
