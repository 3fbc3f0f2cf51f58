"""How an audit goes on, while it does: a table on a terminal, lines in a pipe."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from capslice.agent.page.verdict import Verdict
from capslice.agent.solution import Solution
from capslice.errors import AgentError

KINDS = ("solved", "not solved", "error", "rejected", "unsure")


class Board:
    """Counts sessions as they end, from any thread; those of `before` count already.

    `count` is how many there will be, `seconds` how long it goes on, one of them infinite.
    """

    def __init__(self, count: float, seconds: float, before: Counter[str]) -> None:
        self.count = count
        self.seconds = seconds
        self.counts = before
        self.begun_with = self._sessions
        self.started = time.monotonic()
        self._lines = False
        self._tenths = 0
        self._lock = threading.Lock()

    def heard(self, outcome: Solution | AgentError) -> None:
        """Count a session."""
        with self._lock:
            if isinstance(outcome, AgentError):
                self.counts["error"] += 1
            else:
                self.counts["solved" if outcome.solved else "not solved"] += 1
                for attempt in outcome.attempts:
                    self.counts["rejected"] += attempt.verdict is Verdict.REJECTED
                    self.counts["unsure"] += attempt.verdict is Verdict.UNSURE
            tenths = int(10 * self._done)
            if self._lines and tenths > self._tenths:
                click.echo(str(self), err=True)
            self._tenths = tenths

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it on standard error, as long as this lasts."""
        console = Console(stderr=True)
        if not console.is_terminal:
            self._lines, self._tenths = True, int(10 * self._done)
            yield
            return
        with Live(get_renderable=self._table, console=console, transient=True):
            yield

    def _table(self) -> Table:
        table = Table(title=f"{self._sessions} sessions{self._left()}", min_width=40)
        for kind in KINDS:
            table.add_column(kind, justify="right")
        table.add_column("an hour", justify="right")
        table.add_row(*(str(self.counts[kind]) for kind in KINDS), f"{self._per_hour:.0f}")
        return table

    def __str__(self) -> str:
        counted = ", ".join(f"{self.counts[kind]} {kind}" for kind in KINDS if self.counts[kind])
        return f"{self._sessions} sessions{self._left()}: {counted}"

    @property
    def _sessions(self) -> int:
        return sum(self.counts[kind] for kind in ("solved", "not solved", "error"))

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    @property
    def _done(self) -> float:
        """The share that is done, in [0, 1]."""
        return min(1.0, max(self._sessions / self.count, self._elapsed / self.seconds))

    @property
    def _per_hour(self) -> float:
        return (self._sessions - self.begun_with) / (self._elapsed or 1) * 3600

    def _left(self) -> str:
        here = self._sessions - self.begun_with
        if not here:
            return ""
        # Whichever comes to its end first.
        left = min((self.count - self._sessions) / here * self._elapsed, self.seconds)
        return f", {max(0.0, left) / 60:.1f} minutes left"
