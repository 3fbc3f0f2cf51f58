"""Says what a fit has come to, by its history: whether more epochs or more pictures would help.

A history compares two parts: the last fifth of the epochs, and the fifth before it.

- Still getting better: in validation, a tenth fewer characters are wrong, and the loss fell too.
- Learned little: not that, and less than half of the characters are right.
- Learned by heart: neither, and fewer than a third as many characters are wrong in training as in
  validation. Of pictures that are drawn anew in each epoch, nothing can be learned by heart.
- As good as it gets: none of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import fmean

from capslice.training.fitting.fit_result import Fit

PART = 5  # a fifth of the epochs
LEAST_GAIN = 0.1  # of the characters read wrong
LITTLE = 0.5  # of the characters
BY_HEART = 1 / 3  # of the characters read wrong in validation

History = Mapping[str, Sequence[float]]


class Outcome(StrEnum):
    """What a fit has come to; `UNKNOWN` after one epoch, or if it was interrupted."""

    GETTING_BETTER = "still_getting_better"
    LITTLE = "learned_little"
    BY_HEART = "learned_by_heart"
    DONE = "as_good_as_it_gets"
    UNKNOWN = "unknown"


def outcome_of(history: History, monitored: str, *, stored: bool) -> Outcome:
    """Judge a fit by the columns of its history.csv.

    `monitored` names the column of the loss, and `stored` says whether each epoch showed the same
    pictures.
    """
    epochs = len(history.get("accuracy", ()))
    if epochs < 2:
        return Outcome.UNKNOWN
    part = max(1, epochs // PART)

    def means(column: str) -> tuple[float, float]:
        values = history[column]
        return fmean(values[-2 * part : -part]), fmean(values[-part:])

    right_before, right = means("val_accuracy")
    loss_before, loss = means(monitored)
    if 1 - right < (1 - LEAST_GAIN) * (1 - right_before) and loss < loss_before:
        return Outcome.GETTING_BETTER
    if right < LITTLE:
        return Outcome.LITTLE
    wrong_in_training = 1 - means("accuracy")[1]
    if stored and wrong_in_training < BY_HEART * (1 - right):
        return Outcome.BY_HEART
    return Outcome.DONE


def in_words(outcome: Outcome, fit: Fit, history: History) -> str:
    """What the fit has come to, and what would help, in one sentence."""
    if fit.interrupted:
        return f"interrupted after epoch {fit.epochs} of {fit.recipe.epochs}: --resume continues it"
    more = f"--epochs {2 * fit.epochs}"
    match outcome:
        case Outcome.GETTING_BETTER:
            return f"it was still getting better: try {more}"
        case Outcome.LITTLE:
            return f"it has learned little: check some labels, and try more pictures or {more}"
        case Outcome.BY_HEART:
            return (
                "it has learned its pictures by heart (of their characters, "
                f"{100 * history['accuracy'][-1]:.1f} % are right, and "
                f"{100 * history['val_accuracy'][-1]:.1f} % in validation): more pictures help, "
                "more epochs do not"
            )
        case Outcome.DONE:
            return "this is as good as it gets with these pictures: more epochs do not help"
    return "one epoch does not tell whether more would help"
