"""Finished runs are kept, interrupted runs continue, and failures stop no other run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from capslice.errors import TrainingError
from capslice.training.experiments.catalogue import Experiment
from capslice.training.experiments.report import write_report
from capslice.training.experiments.runs import (
    Failure,
    Outcome,
    Run,
    RunFolder,
    execute,
    run_locally,
)
from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.shape import NetworkShape
from tests.training.cut_off import CutOff

TINY = Experiment(
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


def changed(experiment: Experiment, **recipe: object) -> Experiment:
    return experiment.model_copy(update={"recipe": experiment.recipe.model_copy(update=recipe)})


def figures(outcomes: Iterable[Outcome | Failure]) -> dict[str, tuple[object, ...]]:
    """By run, everything that must not depend on where and when it ran."""
    found = {}
    for outcome in outcomes:
        assert isinstance(outcome, Outcome)
        history = {name: column for name, column in outcome.history.items() if name != "seconds"}
        fit = outcome.fit
        found[outcome.run.name] = (history, fit.characters_right, fit.captchas_right)
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    runs = RunFolder(tmp_path_factory.mktemp("experiments"), [IMPOSSIBLE, TINY])
    failure, *outcomes = run_locally(runs)
    assert isinstance(failure, Failure)
    assert failure.run.experiment == IMPOSSIBLE
    assert "9 blocks cannot be built" in failure.reason
    assert [outcome.run.name for outcome in outcomes] == ["impossible-2", "tiny-1", "tiny-2"]
    return runs


def test_a_failure_stops_no_other_run(finished: RunFolder) -> None:
    assert [outcome.run.name for outcome in finished.outcomes()] == ["tiny-1", "tiny-2"]
    assert [run.name for run in finished.missing()] == ["impossible-1", "impossible-2"]


def test_finished_runs_are_not_repeated(finished: RunFolder) -> None:
    again = RunFolder(finished.folder, [TINY])
    assert list(run_locally(again)) == []


def test_a_changed_experiment_runs_again(finished: RunFolder) -> None:
    for other in (changed(TINY, epochs=4), TINY.model_copy(update={"tests": 65})):
        assert len(RunFolder(finished.folder, [other]).missing()) == 2


@pytest.mark.slow
def test_a_cleared_experiment_runs_again(finished: RunFolder, tmp_path: Path) -> None:
    experiment = TINY.model_copy(update={"seeds": (1,)})
    runs = RunFolder(tmp_path, [experiment])
    (first,) = run_locally(runs)
    runs.clear()
    assert runs.missing() == [Run(experiment, 1)]
    (second,) = run_locally(runs)
    assert figures([first]) == figures([second])


def test_an_interrupted_run_continues(finished: RunFolder, tmp_path: Path) -> None:
    runs = RunFolder(tmp_path, [TINY])
    cut = runs.missing()[0]
    with pytest.raises(RuntimeError, match="went down"):
        execute(cut, runs.prepare(cut), "", [CutOff(2)])
    assert (tmp_path / "tiny-1" / "resume.weights.h5").exists()
    assert figures(run_locally(runs)) == figures(finished.outcomes())


def test_a_changed_experiment_does_not_continue_an_interrupted_run(tmp_path: Path) -> None:
    runs = RunFolder(tmp_path, [TINY])
    cut = runs.missing()[0]
    with pytest.raises(RuntimeError, match="went down"):
        execute(cut, runs.prepare(cut), "", [CutOff(2)])
    other = RunFolder(tmp_path, [changed(TINY, learning_rate=0.01)])
    assert not list(other.prepare(other.missing()[0]).glob("*.h5"))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (failure,) = run_locally(
        RunFolder(tmp_path / "file", [TINY.model_copy(update={"seeds": (1,)})])
    )
    assert isinstance(failure, Failure)
    assert "cannot be written to" in failure.reason


def test_no_report_with_missing_runs(finished: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="2 of 4 runs are missing, impossible-1 the first"):
        write_report(finished, tmp_path / "page.md", "a test")
    assert not list(tmp_path.iterdir())
