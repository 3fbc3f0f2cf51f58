"""Runs the experiments, and keeps their outcomes, so that no finished run is repeated.

Each experiment is run once per seed, in a folder `<experiment>-<seed>`. The folder holds the fit
and, once it is finished, `outcome.json`. An outcome is valid as long as the definition of its
experiment stays the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from capslice.errors import TrainingError
from capslice.training.experiments.catalogue import Experiment
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import HISTORY_FILE, Fit, read_history
from capslice.training.fitting.recipe import Parts
from capslice.training.machine import commit, machine
from capslice.training.pictures import EllipseCaptcha, Stream

if TYPE_CHECKING:
    import keras

EXPERIMENT_FILE = "experiment.json"
OUTCOME_FILE = "outcome.json"

# All experiments are validated and tested on the same pictures: streams with these seeds.
VALIDATION_SEED = 1000
TEST_SEED = 2000


class Run(NamedTuple):
    """An experiment with one of its seeds."""

    experiment: Experiment
    seed: int

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"{self.experiment.name}-{self.seed}"


class Outcome(BaseModel):
    """The result of a run, with the commit and the machine that produced it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    experiment: Experiment
    seed: int
    fit: Fit
    history: dict[str, list[float]]
    commit: str
    machine: str

    @property
    def run(self) -> Run:
        """The run that it belongs to."""
        return Run(self.experiment, self.seed)


class Failure(NamedTuple):
    """A run that raised an error. The other runs go on."""

    run: Run
    reason: str


class RunFolder:
    """The runs of some experiments, and the folder that keeps their outcomes."""

    def __init__(self, folder: Path, experiments: Iterable[Experiment]) -> None:
        self.folder = folder
        self.experiments = tuple(experiments)
        self.runs = [
            Run(experiment, seed) for experiment in self.experiments for seed in experiment.seeds
        ]

    def outcome(self, run: Run) -> Outcome | None:
        """Load the outcome of a run; None if there is none or its experiment has changed."""
        try:
            content = (self.folder / run.name / OUTCOME_FILE).read_bytes()
            outcome = Outcome.model_validate_json(content)
        except (OSError, ValidationError):
            return None
        return outcome if outcome.experiment == run.experiment else None

    def missing(self) -> list[Run]:
        """List the runs that have no outcome yet."""
        return [run for run in self.runs if self.outcome(run) is None]

    def outcomes(self) -> list[Outcome]:
        """Load all outcomes, in the order of the experiments."""
        return [outcome for run in self.runs if (outcome := self.outcome(run))]

    def prepare(self, run: Run) -> Path:
        """Return the folder of a run: empty, or with what an interrupted run of it left.

        Raises TrainingError if the folder cannot be written.
        """
        folder, definition = self.folder / run.name, run.experiment.model_dump_json(indent=2)
        file = folder / EXPERIMENT_FILE
        try:
            if not file.exists() or file.read_text() != definition:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                file.write_text(definition)
        except OSError as error:
            raise TrainingError(
                f"{folder} cannot be written to: {error.strerror or error}"
            ) from None
        return folder

    def save(self, outcome: Outcome, files: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Write the files of the fit, if any, and then the outcome, in one atomic step.

        Raises TrainingError if they cannot be written.
        """
        folder = self.prepare(outcome.run)
        try:
            for name, content in files.items():
                (folder / name).write_bytes(content)
            temporary = folder / f"next.{OUTCOME_FILE}"
            temporary.write_text(outcome.model_dump_json(indent=2) + "\n")
            temporary.replace(folder / OUTCOME_FILE)
        except OSError as error:
            raise TrainingError(
                f"{folder} cannot be written to: {error.strerror or error}"
            ) from None

    def clear(self) -> None:
        """Delete the folders of these runs."""
        for run in self.runs:
            shutil.rmtree(self.folder / run.name, ignore_errors=True)


def run_locally(runs: RunFolder) -> Iterator[Outcome | Failure]:
    """Do the missing runs, one after the other, in this process.

    An interrupted run continues after its last complete epoch.

    Raises KeyboardInterrupt on Ctrl-C, after saving the progress.
    """
    code = commit()
    for run in runs.missing():
        try:
            outcome = execute(run, runs.prepare(run), code)
        except TrainingError as error:
            yield Failure(run, str(error))
        else:
            runs.save(outcome)
            yield outcome


def execute(
    run: Run, folder: Path, code: str, callbacks: Iterable[keras.callbacks.Callback] = ()
) -> Outcome:
    """Fit the recipe of a run in `folder`, and test it on pictures that no fit has seen.

    `code` is the commit that the outcome names.

    Raises KeyboardInterrupt on Ctrl-C, after saving the progress in the folder.
    """
    experiment, captcha = run.experiment, EllipseCaptcha()
    stream = Stream(captcha, run.seed, experiment.pictures)
    validation = Stream(captcha, VALIDATION_SEED, experiment.validation)
    parts = Parts(
        training=stream if experiment.streamed else stream.batch(experiment.pictures, 0),
        validation=validation.batch(experiment.validation, 0),
        test=Stream(captcha, TEST_SEED, experiment.tests),
    )
    recipe = experiment.recipe.model_copy(update={"seed": run.seed})
    result = fit(captcha, parts, recipe, folder, overwrite=True, resume=True, callbacks=callbacks)
    if result.interrupted:
        raise KeyboardInterrupt
    return Outcome(
        experiment=experiment,
        seed=run.seed,
        fit=result,
        history=read_history(folder / HISTORY_FILE),
        commit=code,
        machine=machine(("tensorflow", "keras", "numpy")),
    )
