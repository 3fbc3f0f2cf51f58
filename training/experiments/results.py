"""The outcomes of a row taken together, as rates with intervals.

Two things can make a figure wrong: the pictures that it was measured on, and the luck
of the fit. Wilson's interval knows of the first alone, and the spread of the fits tells
of the second; so one row beats another only if neither overlaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capslice.models.intervals import Rate
from capslice.training.experiments.rows import Row
from capslice.training.experiments.running import Outcome
from capslice.training.fitting.fit_result import Fit


@dataclass(frozen=True)
class Result:
    """A row's outcomes, one a seed."""

    row: Row
    outcomes: Sequence[Outcome]

    @property
    def name(self) -> str:
        """Of the row."""
        return self.row.name

    @property
    def fits(self) -> list[Fit]:
        """One a seed."""
        return [outcome.fit for outcome in self.outcomes]

    @cached_property
    def digits(self) -> Rate:
        """Of the digits that were read, in all fits together."""
        of = sum(fit.tested_on * len(fit.digits_right) for fit in self.fits)
        return Rate(sum(sum(fit.digits_right) for fit in self.fits), of)

    @cached_property
    def captchas(self) -> Rate:
        """Of the captchas with every digit right, in all fits together."""
        right = sum(fit.captchas_right for fit in self.fits)
        return Rate(right, sum(fit.tested_on for fit in self.fits))

    @cached_property
    def positions(self) -> list[Rate]:
        """Of the digits at each position."""
        of = sum(fit.tested_on for fit in self.fits)
        right = np.sum([fit.digits_right for fit in self.fits], axis=0)
        return [Rate(int(position), of) for position in right]

    @property
    def parameters(self) -> int:
        """Of all its networks together."""
        return self.fits[0].parameters

    @property
    def spread(self) -> tuple[float, float]:
        """The captcha accuracy of the worst and of the best fit."""
        accuracies = [fit.captcha_accuracy for fit in self.fits]
        return min(accuracies), max(accuracies)

    @cached_property
    def epoch_seconds(self) -> float:
        """The median of all epochs, validation included."""
        return float(np.median([s for each in self.outcomes for s in each.history["seconds"]]))

    @property
    def seconds(self) -> float:
        """The mean of the fits, from nothing to the end."""
        return float(np.mean([fit.seconds for fit in self.fits]))

    def at_epoch(self, epoch: int, figure: str) -> float:
        """The mean of a column of the histories, after so many epochs or fewer."""
        columns = [outcome.history[figure] for outcome in self.outcomes]
        return float(np.mean([column[:epoch][-1] for column in columns]))

    def at_end(self, figure: str) -> float:
        """The mean of a column of the histories after the last epoch."""
        return float(np.mean([outcome.history[figure][-1] for outcome in self.outcomes]))

    def beats(self, other: Result) -> bool:
        """Whether it reads more captchas, by intervals and fits that do not overlap."""
        return (
            self.captchas.interval[0] > other.captchas.interval[1]
            and self.spread[0] > other.spread[1]
        )

    def beaten(self, others: Iterable[Result]) -> list[Result]:
        """Those of the others that it beats."""
        return [other for other in others if self.beats(other)]


Results = Mapping[str, Result]


def collect(rows: Iterable[Row], outcomes: Sequence[Outcome]) -> Results:
    """The results by the names of the rows."""
    return {
        row.name: Result(row, [outcome for outcome in outcomes if outcome.row == row])
        for row in rows
    }
