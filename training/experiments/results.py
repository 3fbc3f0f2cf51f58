"""Puts the outcomes of an experiment together, as rates with intervals.

Two things can make a figure wrong: the pictures that it was measured on, and the luck of the fit.
Wilson's interval covers only the pictures, and the spread of the fits shows the luck. So one
experiment beats another only if neither overlaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capslice.models.intervals import Rate
from capslice.training.experiments.catalogue import Experiment
from capslice.training.experiments.runs import Outcome
from capslice.training.fitting.fit_result import Fit


@dataclass(frozen=True)
class Result:
    """The outcomes of an experiment, one per seed."""

    experiment: Experiment
    outcomes: Sequence[Outcome]

    @property
    def name(self) -> str:
        """The name of the experiment."""
        return self.experiment.name

    @property
    def fits(self) -> list[Fit]:
        """The fits, one per seed."""
        return [outcome.fit for outcome in self.outcomes]

    @cached_property
    def digits(self) -> Rate:
        """The digits read right, over all fits."""
        total = sum(fit.tested_on * len(fit.characters_right) for fit in self.fits)
        return Rate(sum(sum(fit.characters_right) for fit in self.fits), total)

    @cached_property
    def captchas(self) -> Rate:
        """The captchas with every digit right, over all fits."""
        right = sum(fit.captchas_right for fit in self.fits)
        return Rate(right, sum(fit.tested_on for fit in self.fits))

    @cached_property
    def positions(self) -> list[Rate]:
        """The digits read right at each position, over all fits."""
        total = sum(fit.tested_on for fit in self.fits)
        right = np.sum([fit.characters_right for fit in self.fits], axis=0)
        return [Rate(int(position), total) for position in right]

    @property
    def parameters(self) -> int:
        """The parameters of all its networks together."""
        return self.fits[0].parameters

    @property
    def spread(self) -> tuple[float, float]:
        """The captcha accuracy of the worst and of the best fit."""
        accuracies = [fit.captcha_accuracy for fit in self.fits]
        return min(accuracies), max(accuracies)

    @cached_property
    def epoch_seconds(self) -> float:
        """The median time of an epoch, validation included."""
        return float(np.median([s for each in self.outcomes for s in each.history["seconds"]]))

    @property
    def seconds(self) -> float:
        """The mean time of a whole fit."""
        return float(np.mean([fit.seconds for fit in self.fits]))

    def at_epoch(self, epoch: int, figure: str) -> float:
        """The mean over the fits of a history column after this epoch, or after the last."""
        columns = [outcome.history[figure] for outcome in self.outcomes]
        return float(np.mean([column[:epoch][-1] for column in columns]))

    def at_end(self, figure: str) -> float:
        """The mean over the fits of a history column after the last epoch."""
        return float(np.mean([outcome.history[figure][-1] for outcome in self.outcomes]))

    def beats(self, other: Result) -> bool:
        """Whether it reads more captchas, and neither intervals nor fits overlap."""
        return (
            self.captchas.interval[0] > other.captchas.interval[1]
            and self.spread[0] > other.spread[1]
        )

    def wins_over(self, others: Iterable[Result]) -> list[Result]:
        """Those of `others` that it beats."""
        return [other for other in others if self.beats(other)]


Results = Mapping[str, Result]


def collect(experiments: Iterable[Experiment], outcomes: Sequence[Outcome]) -> Results:
    """Sort outcomes into results, by the names of the experiments."""
    return {
        experiment.name: Result(
            experiment, [outcome for outcome in outcomes if outcome.experiment == experiment]
        )
        for experiment in experiments
    }
