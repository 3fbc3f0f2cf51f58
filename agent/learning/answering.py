"""Sends answers, one for each picture, as `solve` and `audit` do: same guard, same pace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from capslice.agent.audit.workers import Outcome, SessionBudget, run_sessions
from capslice.agent.journal.writing import Journal
from capslice.agent.reading.reader import Reader
from capslice.agent.settings import Settings


def send_answers(
    settings: Settings,
    reader: Reader,
    journal: Journal,
    left: Callable[[], int],
    on_end: Callable[[Outcome], None] = lambda _: None,
    min_confidence: float = 0.0,
) -> None:
    """Run sessions, and never send more answers than are `left`, which is asked before each.

    A session answers captchas until one is accepted, or until its retries are used up. Raises what
    `run_sessions` raises.
    """
    retries = settings.retries
    most = retries.attempts + retries.faults  # answers of one session
    model = settings.model.model_copy(update={"min_confidence": min_confidence})
    one = retries.model_copy(update={"attempts": 1, "faults": 0})
    for each, least in ((retries, most), (one, 1)):
        enough = partial(_are_left, left, least)
        if enough():
            own = settings.model_copy(update={"model": model, "retries": each})
            run_sessions(own, reader, journal, 1, SessionBudget(go_on=enough), on_end)


def _are_left(left: Callable[[], int], least: int) -> bool:
    return left() >= least
