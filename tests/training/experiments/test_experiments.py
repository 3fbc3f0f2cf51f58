"""Rows are run once and kept, what was broken off goes on, and what is said follows the figures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.cli import cli
from capslice.errors import TrainingError
from capslice.models.intervals import Rate
from capslice.training.commands.fit import recipe_of
from capslice.training.commands.options import PositiveIntegers
from capslice.training.experiments import (
    ROWS,
    Experiments,
    Failure,
    Outcome,
    Row,
    one_by_one,
    write_report,
)
from capslice.training.experiments.claims import CLAIMS
from capslice.training.experiments.results import Result, collect
from capslice.training.experiments.rows import DEFAULT, READER
from capslice.training.experiments.running import Run, measure
from capslice.training.fitting.fit_result import Fit
from capslice.training.fitting.recipe import RATES, Recipe
from capslice.training.networks.slices import NetworkShape
from capslice.training.pictures import EllipseCaptcha, divide, draw_set
from tests.commands import error_of, run, run_here
from tests.training.cut_off import CutOff

TINY = Row(
    name="tiny",
    group="size",
    recipe=Recipe(shape=NetworkShape(dense=8, filters=(4, 4, 4, 4)), epochs=3),
    pictures=64,
    streamed=True,
    validation=16,
    tests=64,
    seeds=(1, 2),
)
IMPOSSIBLE = TINY.model_copy(
    update={
        "name": "impossible",
        "recipe": TINY.recipe.model_copy(update={"shape": NetworkShape(blocks=9)}),
    }
)


def changed(row: Row, **recipe: object) -> Row:
    return row.model_copy(update={"recipe": row.recipe.model_copy(update=recipe)})


def figures(outcomes: Iterable[Outcome | Failure]) -> dict[str, tuple[object, ...]]:
    """By run, all that must not depend on where and when it was run."""
    found = {}
    for outcome in outcomes:
        assert isinstance(outcome, Outcome)
        history = {name: column for name, column in outcome.history.items() if name != "seconds"}
        found[outcome.run.name] = (history, outcome.fit.digits_right, outcome.fit.captchas_right)
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Experiments:
    experiments = Experiments(tmp_path_factory.mktemp("experiments"), [IMPOSSIBLE, TINY])
    failure, *outcomes = one_by_one(experiments)
    assert isinstance(failure, Failure)
    assert failure.run.row == IMPOSSIBLE
    assert "9 blocks cannot be built" in failure.reason
    assert [outcome.run.name for outcome in outcomes] == ["impossible-2", "tiny-1", "tiny-2"]
    return experiments


def test_a_failure_harms_no_other_run(finished: Experiments) -> None:
    assert [outcome.run.name for outcome in finished.finished()] == ["tiny-1", "tiny-2"]
    assert [run.name for run in finished.missing()] == ["impossible-1", "impossible-2"]


def test_what_is_finished_is_not_run_again(finished: Experiments) -> None:
    again = Experiments(finished.folder, [TINY])
    assert list(one_by_one(again)) == []


def test_a_row_that_has_changed_is_run_again(finished: Experiments) -> None:
    for other in (changed(TINY, epochs=4), TINY.model_copy(update={"tests": 65})):
        assert len(Experiments(finished.folder, [other]).missing()) == 2


@pytest.mark.slow
def test_what_is_forgotten_is_run_again(finished: Experiments, tmp_path: Path) -> None:
    row = TINY.model_copy(update={"seeds": (1,)})
    experiments = Experiments(tmp_path, [row])
    (first,) = one_by_one(experiments)
    experiments.forget()
    assert experiments.missing() == [Run(row, 1)]
    (second,) = one_by_one(experiments)
    assert figures([first]) == figures([second])


def test_a_run_that_was_cut_off_goes_on(finished: Experiments, tmp_path: Path) -> None:
    experiments = Experiments(tmp_path, [TINY])
    cut = experiments.missing()[0]
    with pytest.raises(RuntimeError, match="went down"):
        measure(cut, experiments.begun(cut), "", [CutOff(2)])
    assert (tmp_path / "tiny-1" / "resume.weights.h5").exists()
    assert figures(one_by_one(experiments)) == figures(finished.finished())


def test_what_another_row_has_left_is_not_gone_on_with(tmp_path: Path) -> None:
    experiments = Experiments(tmp_path, [TINY])
    cut = experiments.missing()[0]
    with pytest.raises(RuntimeError, match="went down"):
        measure(cut, experiments.begun(cut), "", [CutOff(2)])
    other = Experiments(tmp_path, [changed(TINY, learning_rate=0.01)])
    assert not list(other.begun(other.missing()[0]).glob("*.h5"))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (failure,) = one_by_one(
        Experiments(tmp_path / "file", [TINY.model_copy(update={"seeds": (1,)})])
    )
    assert isinstance(failure, Failure)
    assert "cannot be written to" in failure.reason


def test_no_report_of_half_the_rows(finished: Experiments, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="2 of 4 runs are missing, impossible-1 the first"):
        write_report(finished, tmp_path / "page.md", "a test")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_quick_report_from_nothing(tmp_path: Path) -> None:
    out, page = tmp_path / "kept", tmp_path / "docs" / "page.md"
    done = run("experiments", "--quick", "--out", out, "--report", page)
    for name in ROWS:
        assert f"{name}-1: " in done.stdout
    text = page.read_text()
    for row in ROWS.values():
        assert f"`{row.name}`" in text
    assert text.count("**holds**") + text.count("**does not hold**") == len(CLAIMS)
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert sorted(pictures) == sorted(
        f"page/{path.name}" for path in (tmp_path / "docs" / "page").iterdir()
    )
    assert "measured at commit " in text
    # All is there: this only writes the page.
    again = run("experiments", "--quick", "--out", out, "--report", page)
    assert again.stdout == f"{page} written\n"


def test_the_list_has_the_articles_parameters() -> None:
    lines = run_here("experiments", "--list").stdout.splitlines()
    parameters = dict(line.split() for line in lines)
    assert list(parameters) == list(ROWS)
    assert parameters["first"] == "440,454"
    assert parameters["dense-128"] == "290,310"
    assert parameters["three-blocks"] == "748,934"
    assert parameters["two-blocks"] == "1,789,190"


def test_fit_does_by_default_what_the_experiments_speak_for() -> None:
    fit = cli.commands["fit"]
    default = {option.name: option.to_info_dict()["default"] for option in fit.params}
    captcha = EllipseCaptcha()
    samples = draw_set(captcha, 200, np.random.default_rng(1))
    told = {"slices", "networks", *NetworkShape.__dataclass_fields__, *Recipe.model_fields} - {
        "positions", "shape", "schedule", "keep", "last_pooling",
    }  # fmt: skip
    given = {name: default[name] for name in told}
    assert recipe_of(captcha, samples, **given) == DEFAULT
    whole = recipe_of(captcha, samples, **given | {"networks": "whole", "batch": 16})
    assert whole == Recipe.usual("whole").model_copy(update={"batch": 16})
    # An optimizer has a rate of its own, where none is given.
    muon = recipe_of(captcha, samples, **given | {"networks": "whole", "optimizer": "muon"})
    assert (muon.optimizer, muon.learning_rate) == ("muon", RATES["muon"])
    slow = {"optimizer": "muon", "learning_rate": 1e-3}
    assert recipe_of(captcha, samples, **given | slow).learning_rate == slow["learning_rate"]
    learned, *_ = divide(default["count"], PositiveIntegers(":")(default["shares"]))
    assert (learned, default["stream"]) == (READER.pictures, READER.streamed)


def test_no_such_row() -> None:
    done = run_here("experiments", "second", status=2)
    assert error_of(done).startswith("error: there is no experiment 'second'; there are first, ")


def test_a_report_of_rows_that_are_not_there(tmp_path: Path) -> None:
    done = run_here(
        "experiments", "quarter", "--quick", "--out", tmp_path / "kept",
        "--report", tmp_path / "page.md", status=2,
    )  # fmt: skip
    assert "runs are missing, first-1 the first" in error_of(done)
    assert (tmp_path / "kept" / "quick" / "quarter-1" / "outcome.json").exists()


def test_a_report_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run_here(
        "experiments", "--quick", "--out", tmp_path / "kept",
        "--report", tmp_path / "file" / "page.md", status=2,
    )  # fmt: skip
    assert "name another --report" in error_of(done)
    assert done.stdout == ""


def result(
    name: str, *right: tuple[int, ...], of: int = 1000, captchas: int | None = None
) -> Result:
    """A row's result with one fit for each of `right`, which are the digits right by position."""
    row = ROWS[name]
    outcomes = [
        Outcome(
            row=row,
            seed=seed,
            fit=Fit(
                recipe=row.recipe,
                fitted_on=1000,
                tested_on=of,
                parameters=1,
                epochs=1,
                best_epoch=1,
                seconds=1.0,
                late_batches=0,
                interrupted=False,
                digits_right=digits,
                captchas_right=min(digits) if captchas is None else captchas,
            ),
            history={"seconds": [1.0], "accuracy": [1.0], "val_accuracy": [1.0]},
            commit="",
            machine="",
        )
        for seed, digits in enumerate(right, start=1)
    ]
    return Result(row, outcomes)


def test_a_result_takes_its_fits_together() -> None:
    both = result("six-networks", (999, 990), (1000, 980))
    assert both.digits == Rate(3969, 4000)
    assert both.captchas == Rate(1970, 2000)
    assert both.positions == [Rate(1999, 2000), Rate(1970, 2000)]
    assert both.spread == (0.98, 0.99)


def test_one_row_beats_another_by_intervals_and_fits() -> None:
    good, bad = result("first", (990,), (991,)), result("first", (950,), (960,))
    assert good.beats(bad)
    assert not bad.beats(good)
    lucky = result("first", (900,), (992,))  # one fit as good as the others
    assert not good.beats(lucky)
    assert not result("first", (99,), of=100).beats(result("first", (96,), of=100))


accuracies = st.lists(st.integers(0, 1000), min_size=1, max_size=3)


@given(accuracies, accuracies)
def test_two_rows_never_beat_each_other(one: list[int], other: list[int]) -> None:
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
    ("row", "said", "good", "bad"),
    [
        ("first", "0.9980 accuracy", (998,), (980,)),
        ("dense-128", "virtually the same", (997,), (990,)),
        ("dropout", "improve anything", (971,), (1000,)),
        ("pooling-5", "horrible", (700,), (950,)),
        ("100-pictures", "very poor", (700,), (950,)),
        ("100-dropout", "magically", (700,), (950,)),
    ],
)
def test_claims_hold_where_the_figures_say_so(
    row: str, said: str, good: tuple[int], bad: tuple[int]
) -> None:
    (claim,) = (claim for claim in CLAIMS if claim.row == row and said in claim.said)
    others = {
        "first": result("first", (998,), (997,)),
        "three-blocks": result("three-blocks", (970,), (971,)),
    }
    for digits, holds in ((good, True), (bad, False)):
        finding = claim.check({**others, row: result(row, digits)})
        assert finding.holds is holds
        assert f"{digits[0] / 1000:.4f}" in finding.found


def test_every_claim_is_of_a_row() -> None:
    assert {claim.row for claim in CLAIMS} <= set(ROWS)
    assert set(collect(ROWS.values(), [])) == set(ROWS)


def test_the_other_slices_are_like_the_first_or_not() -> None:
    (claim,) = (claim for claim in CLAIMS if claim.row == "six-networks")
    for captchas, holds in ((976, True), (900, False)):
        six = result("six-networks", (996,) * 6, captchas=captchas)
        assert claim.check({"six-networks": six}).holds is holds
