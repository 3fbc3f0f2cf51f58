"""The claims of the article about its experiments, with a test for each.

Each claim is a quotation and a function that decides, from the results alone, whether it holds.
The article often uses vague words; the constants SAME, POOR and so on define what they mean here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capslice.models.intervals import Rate
from capslice.training.experiments.results import Result, Results

SAME = 0.005  # accuracies that differ by less are "virtually the same"
OKAY = 0.95
POOR = 0.90
OVERFITTED = 0.10  # training accuracy less validation accuracy
AS_FAST = (0.8, 1.25)  # ratios of epoch times that count as the same
FLUCTUATING = 10  # the last epochs, whose standard deviation is the fluctuation

# The article's 0.9980 on 500 test pictures.
AUTHORS_TEST = Rate(499, 500)


class Finding(NamedTuple):
    """Whether a claim holds, and the figures that decide it, as a sentence."""

    holds: bool
    evidence: str


@dataclass(frozen=True)
class Claim:
    """A statement of the article about one experiment, in its words."""

    experiment: str
    quote: str
    check: Callable[[Results], Finding]


def _accuracy(results: Results) -> Finding:
    low, high = AUTHORS_TEST.interval
    ours = results["first"].digits
    return Finding(
        low <= ours.value,
        f"We read {ours}; the interval of the author's 499 of 500 is {low:.4f} to {high:.4f}.",
    )


def _memorised(results: Results) -> Finding:
    training = results["first"].at_end("accuracy")
    return Finding(training > 0.9995, f"Mean after the last epoch: {training:.4f}.")


def _enough_after_25(results: Results) -> Finding:
    early = results["first"].at_epoch(25, "val_accuracy")
    late = results["first"].at_end("val_accuracy")
    return Finding(
        late - early < 0.01,
        f"Mean validation accuracy: {early:.4f} after 25 epochs, {late:.4f} after 40.",
    )


def _all_like_the_first(results: Results) -> Finding:
    six = results["six-networks"]
    low, high = (end**6 for end in six.positions[0].interval)
    return Finding(
        low <= six.captchas.interval[1] and six.captchas.interval[0] <= high,
        f"The first slice predicts {low:.4f} to {high:.4f} for all six; "
        f"we measured {six.captchas}.",
    )


def _same(experiment: str, other: str) -> Callable[[Results], Finding]:
    def check(results: Results) -> Finding:
        ours, others = results[experiment].digits, results[other].digits
        return Finding(abs(ours.value - others.value) < SAME, f"{ours}; `{other}` has {others}.")

    return check


def _no_better(experiment: str, other: str) -> Callable[[Results], Finding]:
    def check(results: Results) -> Finding:
        ours, others = results[experiment], results[other]
        return Finding(not ours.beats(others), f"{ours.digits}; `{other}` has {others.digits}.")

    return check


def _as_fast(experiment: str, other: str) -> Callable[[Results], Finding]:
    def check(results: Results) -> Finding:
        ratio = _ratio(results[experiment], results[other])
        low, high = AS_FAST
        return Finding(
            low <= ratio <= high, f"An epoch takes {ratio:.2f} of the time of one of `{other}`."
        )

    return check


def _ratio(result: Result, other: Result) -> float:
    return result.epoch_seconds / other.epoch_seconds


def _steadier(results: Results) -> Finding:
    ours, others = (_fluctuation(results[name]) for name in ("three-blocks", "dense-128"))
    return Finding(
        ours < others,
        f"Standard deviation of the validation accuracy over the last {FLUCTUATING} epochs: "
        f"{ours:.4f}; `dense-128` has {others:.4f}.",
    )


def _fluctuation(result: Result) -> float:
    ends = [outcome.history["val_accuracy"][-FLUCTUATING:] for outcome in result.outcomes]
    return float(np.mean(np.std(ends, axis=1)))


def _quite_okay(results: Results) -> Finding:
    ours, others = results["three-blocks"].digits, results["dense-128"].digits
    return Finding(OKAY < ours.value <= others.value, f"{ours}; `dense-128` has {others}.")


def _fewer_seconds(results: Results) -> Finding:
    ratio = _ratio(results["pooling-5"], results["first"])
    return Finding(ratio < AS_FAST[0], f"{ratio:.2f} of the time of `first`; the author has 0.56.")


def _poor(experiment: str) -> Callable[[Results], Finding]:
    def check(results: Results) -> Finding:
        digits = results[experiment].digits
        return Finding(digits.value < POOR, f"{digits}.")

    return check


def _overfitted(results: Results) -> Finding:
    training, validation = (
        results["100-pictures"].at_end(figure) for figure in ("accuracy", "val_accuracy")
    )
    return Finding(
        training - validation > OVERFITTED,
        f"After the last epoch {training:.4f} in training, {validation:.4f} in validation.",
    )


CLAIMS = (
    Claim("first", "“on the separate test data we have 0.9980 accuracy”", _accuracy),
    Claim("first", "“a training accuracy of 1.0000”", _memorised),
    Claim("first", "“sufficient real world accuracy after like 25 epochs”", _enough_after_25),
    Claim("dense-128", "“virtually the same”", _same("dense-128", "first")),
    Claim("dense-128", "“not really much faster”", _as_fast("dense-128", "first")),
    Claim("three-blocks", "“quite okay, but it might need a few more epochs”", _quite_okay),
    Claim("three-blocks", "“Time is still 8 seconds”", _as_fast("three-blocks", "dense-128")),
    Claim("three-blocks", "“a lack of these fluctuations”", _steadier),
    Claim("dropout", "“does not really improve anything”", _no_better("dropout", "three-blocks")),
    Claim("two-blocks", "“the wrong direction”", _no_better("two-blocks", "three-blocks")),
    Claim("pooling-5", "“the results are horrible”", _poor("pooling-5")),
    Claim("pooling-5", "“just takes 5 seconds/epoch”, where `first` took 9", _fewer_seconds),
    Claim("100-pictures", "“very poor compared to before”", _poor("100-pictures")),
    Claim("100-pictures", "“there is overfitting”", _overfitted),
    Claim("100-dropout", "“does not magically cure”", _poor("100-dropout")),
    Claim(
        "six-networks",
        "“the digit recognition for the other five slices is similar”",
        _all_like_the_first,
    ),
)
