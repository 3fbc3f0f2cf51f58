"""Results are computed from outcomes, and the claims are judged by the results."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.models.intervals import Rate
from capslice.training.experiments.catalogue import EXPERIMENTS
from capslice.training.experiments.claims import CLAIMS
from capslice.training.experiments.results import Result, collect
from capslice.training.experiments.runs import Outcome
from capslice.training.fitting.fit_result import Fit


def result(
    name: str, *right: tuple[int, ...], of: int = 1000, captchas: int | None = None
) -> Result:
    """A result with one fit for each of `right`, the digits right by position."""
    experiment = EXPERIMENTS[name]
    outcomes = [
        Outcome(
            experiment=experiment,
            seed=seed,
            fit=Fit(
                recipe=experiment.recipe,
                fitted_on=1000,
                tested_on=of,
                parameters=1,
                epochs=1,
                best_epoch=1,
                seconds=1.0,
                late_batches=0,
                interrupted=False,
                characters_right=digits,
                captchas_right=min(digits) if captchas is None else captchas,
            ),
            history={"seconds": [1.0], "accuracy": [1.0], "val_accuracy": [1.0]},
            commit="",
            machine="",
        )
        for seed, digits in enumerate(right, start=1)
    ]
    return Result(experiment, outcomes)


def test_a_result_adds_up_its_fits() -> None:
    both = result("six-networks", (999, 990), (1000, 980))
    assert both.digits == Rate(3969, 4000)
    assert both.captchas == Rate(1970, 2000)
    assert both.positions == [Rate(1999, 2000), Rate(1970, 2000)]
    assert both.spread == (0.98, 0.99)


def test_one_result_beats_another_by_intervals_and_fits() -> None:
    good, bad = result("first", (990,), (991,)), result("first", (950,), (960,))
    assert good.beats(bad)
    assert not bad.beats(good)
    lucky = result("first", (900,), (992,))  # one fit as good as the others
    assert not good.beats(lucky)
    assert not result("first", (99,), of=100).beats(result("first", (96,), of=100))


accuracies = st.lists(st.integers(0, 1000), min_size=1, max_size=3)


@given(accuracies, accuracies)
def test_two_results_never_beat_each_other(one: list[int], other: list[int]) -> None:
    a, b = (result("first", *((right,) for right in fits)) for fits in (one, other))
    assert not (a.beats(b) and b.beats(a))
    assert not a.beats(a)


@given(st.integers(1, 100_000), st.data())
def test_a_rate_is_within_its_interval(of: int, data: st.DataObject) -> None:
    rate = Rate(data.draw(st.integers(0, of)), of)
    low, high = rate.interval
    assert 0 <= low <= rate.value <= high <= 1
    assert rate.errors == of - rate.right


@pytest.mark.parametrize(
    ("name", "quote", "good", "bad"),
    [
        ("first", "0.9980 accuracy", (998,), (980,)),
        ("dense-128", "virtually the same", (997,), (990,)),
        ("dropout", "improve anything", (971,), (1000,)),
        ("pooling-5", "horrible", (700,), (950,)),
        ("100-pictures", "very poor", (700,), (950,)),
        ("100-dropout", "magically", (700,), (950,)),
    ],
)
def test_claims_hold_if_the_figures_say_so(
    name: str, quote: str, good: tuple[int], bad: tuple[int]
) -> None:
    (claim,) = (claim for claim in CLAIMS if claim.experiment == name and quote in claim.quote)
    others = {
        "first": result("first", (998,), (997,)),
        "three-blocks": result("three-blocks", (970,), (971,)),
    }
    for digits, holds in ((good, True), (bad, False)):
        finding = claim.check({**others, name: result(name, digits)})
        assert finding.holds is holds
        assert f"{digits[0] / 1000:.4f}" in finding.evidence


def test_every_claim_names_an_experiment() -> None:
    assert {claim.experiment for claim in CLAIMS} <= set(EXPERIMENTS)
    assert set(collect(EXPERIMENTS.values(), [])) == set(EXPERIMENTS)


def test_whether_the_other_slices_are_like_the_first() -> None:
    (claim,) = (claim for claim in CLAIMS if claim.experiment == "six-networks")
    for captchas, holds in ((976, True), (900, False)):
        six = result("six-networks", (996,) * 6, captchas=captchas)
        assert claim.check({"six-networks": six}).holds is holds
