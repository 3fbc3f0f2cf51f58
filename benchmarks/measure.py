"""Two ways to do the same thing, timed side by side in one run.

The speed of a machine drifts, so a time alone says little. Here two sides take
turns, each pair gives a ratio, and what counts is the median of these ratios
with its quartiles. Nothing here knows what is timed, or judges whether it is fast.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Side = tuple[str, Callable[..., object]]
Around = Callable[[], AbstractContextManager[tuple[Any, ...]]]


class Skipped(Exception):
    """A benchmark needs something that the machine lacks."""


@dataclass(frozen=True)
class Comparison:
    """Two sides, what they were, and how long each of their turns took.

    key:     by which `thresholds.toml` knows it, within its benchmark.
    seconds: float64 (repetitions, 2), a piece of work: of `what`, of `against`.
    """

    key: str
    what: str
    against: str
    seconds: NDArray[np.float64]

    @property
    def ratio(self) -> float:
        """The median over pairs of what the first side takes of the second's time."""
        return float(np.median(self.seconds[:, 0] / self.seconds[:, 1]))

    def cells(self) -> tuple[str, ...]:
        """What, against what, ratio with quartiles, its 95th percentile, both sides', how many."""
        ratios = self.seconds[:, 0] / self.seconds[:, 1]
        low, ratio, high, late = np.quantile(ratios, (0.25, 0.5, 0.75, 0.95))
        spread = f"**{ratio:.3g}** ({low:.3g} to {high:.3g})"
        times = (percentiles(side) for side in self.seconds.T)
        return self.what, self.against, spread, f"{late:.3g}", *times, str(len(self.seconds))


@dataclass(frozen=True)
class Growth:
    """How long more and more of the same takes.

    sizes:   how many pieces of work there were.
    seconds: float64 (sizes, repetitions), all of them together.
    """

    what: str
    unit: str
    sizes: tuple[int, ...]
    seconds: NDArray[np.float64]

    def slope(self) -> tuple[float, float, float]:
        """Of log seconds by log pieces, with its 95 % interval: 1 where twice takes twice."""
        times = self.seconds.shape[1]
        fitted = stats.linregress(
            np.repeat(np.log(self.sizes), times), np.log(self.seconds).ravel()
        )
        reach = float(stats.t.ppf(0.975, self.seconds.size - 2) * fitted.stderr)
        slope = float(fitted.slope)
        return slope, slope - reach, slope + reach


@dataclass(frozen=True)
class Table:
    """What is neither."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


Finding = Comparison | Growth | Table | str  # a str is a paragraph of Markdown


def percentiles(seconds: NDArray[np.float64]) -> str:
    """The 50th, 95th and 99th, in milliseconds."""
    return " / ".join(f"{each:.3g}" for each in np.quantile(seconds, (0.5, 0.95, 0.99)) * 1000)


def nothing() -> AbstractContextManager[tuple[Any, ...]]:
    """No preparation, and no arguments."""
    return nullcontext(())


def interleave(
    key: str,
    what: Side,
    against: Side,
    repetitions: int,
    *,
    pieces: int = 1,
    around: Around = nothing,
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
                pair[side] = timed(functions[side], *arguments)
    return Comparison(key, what[0], against[0], seconds[1:] / pieces)


def grow(
    what: str, unit: str, sizes: tuple[int, ...], work: Callable[[int], object], repetitions: int
) -> Growth:
    """Have `work` do each of `sizes`, all of them in turns. The first turns only warm up."""
    seconds = np.array(
        [[timed(work, size) for size in sizes] for _ in range(repetitions + 1)],
    )
    return Growth(what, unit, sizes, seconds[1:].T)


def timed(work: Callable[..., object], *given: object) -> float:
    """How many seconds it takes."""
    started = time.perf_counter()
    work(*given)
    return time.perf_counter() - started
