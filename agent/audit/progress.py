"""Shows the progress of an audit: a live table on a terminal, lines anywhere else."""

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

COLUMNS = ("solved", "not solved", "error", "rejected", "unsure")


class Progress:
    """Counts sessions as they end, in any thread.

    count:   the number of sessions planned, or infinity.
    seconds: the time limit, or infinity if `count` is finite.
    counts:  the counts of an earlier run of the same audit, by the names in COLUMNS.
    """

    def __init__(self, count: float, seconds: float, counts: Counter[str]) -> None:
        self.count = count
        self.seconds = seconds
        self.counts = counts
        self.started_with = self._sessions
        self.started = time.monotonic()
        self._prints_lines = False
        self._tenths = 0
        self._lock = threading.Lock()

    def record(self, outcome: Solution | AgentError) -> None:
        """Count a session that ended; print a line for each tenth of the audit."""
        with self._lock:
            if isinstance(outcome, AgentError):
                self.counts["error"] += 1
            else:
                self.counts["solved" if outcome.solved else "not solved"] += 1
                for attempt in outcome.attempts:
                    self.counts["rejected"] += attempt.verdict is Verdict.REJECTED
                    self.counts["unsure"] += attempt.verdict is Verdict.UNSURE
            tenths = int(10 * self._fraction)
            if self._prints_lines and tenths > self._tenths:
                click.echo(str(self), err=True)
            self._tenths = tenths

    @contextmanager
    def displayed(self) -> Iterator[None]:
        """Show the progress on standard error inside a `with` block."""
        console = Console(stderr=True)
        if not console.is_terminal:
            self._prints_lines, self._tenths = True, int(10 * self._fraction)
            yield
            return
        with Live(get_renderable=self._table, console=console, transient=True):
            yield

    def _table(self) -> Table:
        table = Table(title=f"{self._sessions} sessions{self._time_left()}", min_width=40)
        for column in COLUMNS:
            table.add_column(column, justify="right")
        table.add_column("per hour", justify="right")
        table.add_row(*(str(self.counts[column]) for column in COLUMNS), f"{self._per_hour:.0f}")
        return table

    def __str__(self) -> str:
        counts = ", ".join(f"{self.counts[name]} {name}" for name in COLUMNS if self.counts[name])
        return f"{self._sessions} sessions{self._time_left()}: {counts}"

    @property
    def _sessions(self) -> int:
        return sum(self.counts[name] for name in ("solved", "not solved", "error"))

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    @property
    def _fraction(self) -> float:
        """The completed share of the audit, in [0, 1]."""
        return min(1.0, max(self._sessions / self.count, self._elapsed / self.seconds))

    @property
    def _per_hour(self) -> float:
        return (self._sessions - self.started_with) / (self._elapsed or 1) * 3600

    def _time_left(self) -> str:
        ended = self._sessions - self.started_with
        if not ended:
            return ""
        left = min(
            (self.count - self._sessions) / ended * self._elapsed, self.seconds - self._elapsed
        )
        return f", {max(0.0, left) / 60:.1f} minutes left"
