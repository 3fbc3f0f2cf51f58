"""Run the rows, and keep what came of each, so that nothing finished is done again.

Each row is run once a seed, in a folder `<row>-<seed>` that holds the fit and, when it
is finished, `outcome.json`. An outcome is kept as long as the row is defined as it was
when it was run. What the outcomes say is the report's business.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from capslice.errors import TrainingError
from capslice.training.experiments.rows import Row
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import HISTORY_FILE, Fit, read_history
from capslice.training.fitting.recipe import Parts
from capslice.training.machine import commit, machine
from capslice.training.pictures import EllipseCaptcha, Stream

if TYPE_CHECKING:
    import keras

ROW_FILE = "row.json"
OUTCOME_FILE = "outcome.json"

# Pictures are those of a stream of this seed, so that all rows are judged on the same ones.
VALIDATION_SEED = 1000
TEST_SEED = 2000


class Run(NamedTuple):
    """A row with one of its seeds."""

    row: Row
    seed: int

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.row.name}-{self.seed}"


class Outcome(BaseModel):
    """What came of a run, and where it was made: the code's commit and the machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row: Row
    seed: int
    fit: Fit
    history: dict[str, list[float]]
    commit: str
    machine: str

    @property
    def run(self) -> Run:
        """Which run it was."""
        return Run(self.row, self.seed)


class Failure(NamedTuple):
    """A run that raised an error; the others are not harmed."""

    run: Run
    reason: str


class Experiments:
    """The runs of some rows, and the folder in which what came of them is kept."""

    def __init__(self, folder: Path, rows: Iterable[Row]) -> None:
        self.folder = folder
        self.rows = tuple(rows)
        self.runs = [Run(row, seed) for row in self.rows for seed in row.seeds]

    def outcome(self, run: Run) -> Outcome | None:
        """What is kept of this run; None if nothing, or if its row has changed since."""
        try:
            content = (self.folder / run.name / OUTCOME_FILE).read_bytes()
            kept = Outcome.model_validate_json(content)
        except (OSError, ValidationError):
            return None
        return kept if kept.row == run.row else None

    def missing(self) -> list[Run]:
        """The runs of which nothing is kept."""
        return [run for run in self.runs if self.outcome(run) is None]

    def finished(self) -> list[Outcome]:
        """What is kept, in the order of the rows."""
        return [kept for run in self.runs if (kept := self.outcome(run))]

    def begun(self, run: Run) -> Path:
        """The run's folder: as an interrupted one of the same row left it, or else empty.

        Raises TrainingError where it cannot be written to.
        """
        folder, row = self.folder / run.name, run.row.model_dump_json(indent=2)
        try:
            if not (folder / ROW_FILE).exists() or (folder / ROW_FILE).read_text() != row:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                (folder / ROW_FILE).write_text(row)
        except OSError as error:
            raise TrainingError(
                f"{folder} cannot be written to: {error.strerror or error}"
            ) from None
        return folder

    def keep(self, outcome: Outcome, files: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Put an outcome on record, whole or not at all, behind the files of its fit, if any.

        Raises TrainingError where that cannot be written.
        """
        folder = self.begun(outcome.run)
        try:
            for name, content in files.items():
                (folder / name).write_bytes(content)
            beside = folder / f"next.{OUTCOME_FILE}"
            beside.write_text(outcome.model_dump_json(indent=2) + "\n")
            beside.replace(folder / OUTCOME_FILE)
        except OSError as error:
            raise TrainingError(
                f"{folder} cannot be written to: {error.strerror or error}"
            ) from None

    def forget(self) -> None:
        """Remove what is kept of these runs."""
        for run in self.runs:
            shutil.rmtree(self.folder / run.name, ignore_errors=True)


def one_by_one(experiments: Experiments) -> Iterator[Outcome | Failure]:
    """Run here what is missing; an interrupted run goes on after its last whole epoch.

    Raises KeyboardInterrupt on Ctrl-C, when what was reached is on record.
    """
    code = commit()
    for run in experiments.missing():
        try:
            outcome = measure(run, experiments.begun(run), code)
        except TrainingError as error:
            yield Failure(run, str(error))
        else:
            experiments.keep(outcome)
            yield outcome


def measure(
    run: Run, folder: Path, code: str, callbacks: Iterable[keras.callbacks.Callback] = ()
) -> Outcome:
    """Fit a run's recipe in `folder`, and judge it on pictures that no fit has seen.

    Raises KeyboardInterrupt on Ctrl-C, when what was reached is in the folder.
    """
    row, captcha = run.row, EllipseCaptcha()
    drawn = Stream(captcha, run.seed, row.pictures)
    parts = Parts(
        training=drawn if row.streamed else drawn.drawn(row.pictures, 0),
        validation=Stream(captcha, VALIDATION_SEED, row.validation).drawn(row.validation, 0),
        test=Stream(captcha, TEST_SEED, row.tests),
    )
    recipe = row.recipe.model_copy(update={"seed": run.seed})
    result = fit(captcha, parts, recipe, folder, overwrite=True, resume=True, callbacks=callbacks)
    if result.interrupted:
        raise KeyboardInterrupt
    history = read_history(folder / HISTORY_FILE)
    return Outcome(
        row=row,
        seed=run.seed,
        fit=result,
        history=history,
        commit=code,
        machine=machine(("tensorflow", "keras", "numpy")),
    )
