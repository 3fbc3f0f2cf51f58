"""The folder of `learn`.

    journal.sqlite   every answer, as `capslice journal` shows them
    case.sqlite      the few answers that tell whether the site minds case
    evidence/        the pictures, with what is known of each (see `agent/journal/export.py`)
    round-001/       the first fit, with what came of it in learn.json, and so on
    model.onnx       the model at hand
    fit.log          what the fits print
    summary.json     what was reached

All figures are counted from the journals and from the rounds that were finished, so `learn` goes on
from any moment at which it was killed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from capslice.agent.owner import held
from capslice.errors import LearningError
from capslice.files import read_at_most, write_text
from capslice.models.labels import LABELS_FILE

RESULT = "learn.json"


class Round(BaseModel):
    """A finished fit.

    after:  how many answers had been sent before it.
    labels: how many labels a person had made before it.
    right:  how many of the `of` latest labels the new model reads right, which the fit held out.
    taken:  whether the new model answers from then on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: int
    labels: int
    right: int
    of: int
    seconds: float
    taken: bool


class LearningFolder:
    """The files of one `learn`. Its methods raise LearningError if they cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path / "journal.sqlite"
        self.case_journal = path / "case.sqlite"
        self.evidence = path / "evidence"
        self.labels = self.evidence / LABELS_FILE
        self.model = path / "model.onnx"
        self.log = path / "fit.log"
        self.summary = path / "summary.json"
        self._lock = path / ".owner"

    def rounds(self) -> list[Round]:
        """The finished rounds, in order."""
        found: list[Round] = []
        while (file := self.round(len(found) + 1) / RESULT).exists():
            try:
                found.append(Round.model_validate_json(read_at_most(file)))
            except (OSError, ValidationError):
                raise LearningError(
                    f"{file} is broken: delete the folder {file.parent} and those of later rounds, "
                    "and `capslice learn` fits them again"
                ) from None
        return found

    def round(self, number: int) -> Path:
        """The folder of a round; the first has the number 1."""
        return self.path / f"round-{number:03}"

    def model_of(self, number: int) -> Path:
        """The model of a round."""
        return self.round(number) / self.model.name

    def end_round(self, number: int, result: Round) -> None:
        """Record what came of a fit; from now on the round counts."""
        write_text(self.round(number) / RESULT, result.model_dump_json(), LearningError)

    def show_model(self, model: Path) -> None:
        """Make model.onnx a copy of this model, in one step."""
        if not model.is_file():
            raise LearningError(
                f"{model} is missing: delete the folder {model.parent} and those of later rounds, "
                "and `capslice learn` fits them again"
            )
        part = self.model.with_name(f".{self.model.name}")
        try:
            shutil.copyfile(model, part)
            part.replace(self.model)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise LearningError(
                f"{self.model} cannot be written: {error.strerror or error}"
            ) from None

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Make the folder if it is missing, and keep other processes from learning in it."""
        with held(self._lock, "learns", LearningError):
            yield


def taken(rounds: list[Round]) -> int:
    """The number of the last round whose model was taken; 0 if none was."""
    return max((number for number, each in enumerate(rounds, 1) if each.taken), default=0)
