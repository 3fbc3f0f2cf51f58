"""Two ways to do the same thing, timed side by side in one run.

The speed of a machine drifts, so a time alone says little. Here two sides take
turns, each pair gives a ratio, and what counts is the median of these ratios
with its quartiles. Nothing here knows what is timed, or judges whether it is fast.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Side = tuple[str, Callable[..., object]]
Around = Callable[[], AbstractContextManager[tuple[Any, ...]]]


class Skipped(Exception):
    """A benchmark needs something that the machine lacks."""


@dataclass(frozen=True)
class Comparison:
    """Two sides, what they were, and how long each of their turns took.

    seconds: float64 (repetitions, 2), a piece of work: of `what`, of `against`.
    note:    Markdown to stand below the table.
    """

    what: str
    against: str
    seconds: NDArray[np.float64]
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """What, against what, ratio with quartiles, both medians, repetitions."""
        low, ratio, high = np.quantile(self.seconds[:, 0] / self.seconds[:, 1], (0.25, 0.5, 0.75))
        medians = (f"{value:.3g}" for value in np.median(self.seconds, axis=0) * 1000)
        spread = f"{ratio:.3g} ({low:.3g} to {high:.3g})"
        return self.what, self.against, spread, *medians, str(len(self.seconds))


def nothing() -> AbstractContextManager[tuple[Any, ...]]:
    """No preparation, and no arguments."""
    return nullcontext(())


def interleave(
    what: Side, against: Side, repetitions: int, *, pieces: int = 1, around: Around = nothing
) -> Comparison:
    """Let two sides, each a name and a function, take turns; which is first alternates.

    Each turn runs inside a fresh `around()`, which gives the function its arguments
    and is not timed. `pieces` is how many pieces of work one turn does. The first
    pair only warms up.
    """
    functions = (what[1], against[1])
    seconds = np.empty((repetitions + 1, 2))
    for i, pair in enumerate(seconds):
        for side in (0, 1) if i % 2 else (1, 0):
            with around() as arguments:
                started = time.perf_counter()
                functions[side](*arguments)
                pair[side] = time.perf_counter() - started
    return Comparison(what[0], against[0], seconds[1:] / pieces)
