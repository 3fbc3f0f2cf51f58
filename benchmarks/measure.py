"""Times two ways of doing the same thing, side by side in one run.

The speed of a machine drifts, so a time alone says little. Here the two sides take turns, each
pair of turns gives a ratio, and the result is the median of these ratios with its quartiles.
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
Setup = Callable[[], AbstractContextManager[tuple[Any, ...]]]


class Skipped(Exception):
    """A benchmark needs something that the machine lacks."""


@dataclass(frozen=True)
class Comparison:
    """The times of two sides that took turns.

    key:      its name in `thresholds.toml`, within its benchmark.
    name:     the first side.
    baseline: the second side.
    seconds:  float64 (pairs, 2), per piece of work: the first side's and the baseline's.
    """

    key: str
    name: str
    baseline: str
    seconds: NDArray[np.float64]

    @property
    def ratio(self) -> float:
        """The median over the pairs of the first side's time by the baseline's."""
        return float(np.median(self.seconds[:, 0] / self.seconds[:, 1]))

    def cells(self) -> tuple[str, ...]:
        """The cells of a table row: names, ratio, its 95th percentile, both times, pairs."""
        ratios = self.seconds[:, 0] / self.seconds[:, 1]
        low, ratio, high, late = np.quantile(ratios, (0.25, 0.5, 0.75, 0.95))
        spread = f"**{ratio:.3g}** ({low:.3g} to {high:.3g})"
        times = (percentiles(side) for side in self.seconds.T)
        return self.name, self.baseline, spread, f"{late:.3g}", *times, str(len(self.seconds))


@dataclass(frozen=True)
class Growth:
    """The time that a work takes as it grows.

    sizes:   the numbers of pieces of work.
    seconds: float64 (sizes, repetitions), for all pieces together.
    """

    name: str
    unit: str
    sizes: tuple[int, ...]
    seconds: NDArray[np.float64]

    def slope(self) -> tuple[float, float, float]:
        """The slope of log seconds by log size, with its 95 % interval; 1 is linear growth."""
        repetitions = self.seconds.shape[1]
        fitted = stats.linregress(
            np.repeat(np.log(self.sizes), repetitions), np.log(self.seconds).ravel()
        )
        margin = float(stats.t.ppf(0.975, self.seconds.size - 2) * fitted.stderr)
        slope = float(fitted.slope)
        return slope, slope - margin, slope + margin


@dataclass(frozen=True)
class Table:
    """Any other figures."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


Finding = Comparison | Growth | Table | str  # a str is a paragraph of Markdown


def percentiles(seconds: NDArray[np.float64]) -> str:
    """Format the 50th, 95th and 99th percentiles, in milliseconds."""
    return " / ".join(f"{each:.3g}" for each in np.quantile(seconds, (0.5, 0.95, 0.99)) * 1000)


def no_setup() -> AbstractContextManager[tuple[Any, ...]]:
    """Prepare nothing, and give no arguments."""
    return nullcontext(())


def compare(
    key: str,
    side: Side,
    baseline: Side,
    pairs: int,
    *,
    pieces: int = 1,
    setup: Setup = no_setup,
) -> Comparison:
    """Let two sides, each a name and a function, take turns; which is first alternates.

    Each turn runs inside a new `setup()`, which gives the function its arguments and is not timed.
    One turn does `pieces` pieces of work. A first pair, which does not count, warms up.
    """
    functions = (side[1], baseline[1])
    seconds = np.empty((pairs + 1, 2))
    for i, pair in enumerate(seconds):
        for index in (0, 1) if i % 2 else (1, 0):
            with setup() as arguments:
                pair[index] = timed(functions[index], *arguments)
    return Comparison(key, side[0], baseline[0], seconds[1:] / pieces)


def measure_growth(
    name: str, unit: str, sizes: tuple[int, ...], work: Callable[[int], object], repetitions: int
) -> Growth:
    """Time `work(size)` for all sizes in turns. A first round, which does not count, warms up."""
    seconds = np.array(
        [[timed(work, size) for size in sizes] for _ in range(repetitions + 1)],
    )
    return Growth(name, unit, sizes, seconds[1:].T)


def timed(work: Callable[..., object], *arguments: object) -> float:
    """Call `work` and return the seconds that it takes."""
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started
