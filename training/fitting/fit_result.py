"""The result of a fit: what its folder holds, and how to load it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, cast

import keras
from pydantic import BaseModel, ConfigDict, ValidationError

from capslice.errors import FitError
from capslice.training.fitting.recipe import Recipe
from capslice.training.pictures import (
    Captcha,
    EllipseCaptcha,
    FolderCaptcha,
    FolderDescription,
    captcha_named,
)

if TYPE_CHECKING:
    from capslice.json_output import FitJson

FIT_FILE = "fit.json"
WEIGHTS_FILE = "reader.weights.h5"
HISTORY_FILE = "history.csv"
RESUME_FILE = "resume.weights.h5"


class Fit(BaseModel):
    """A finished fit: its recipe, its pictures, and its results on the test part.

    captcha:          name of the captcha.
    folder:           what the pictures of a folder have in common, for a fit to a folder.
    fitted_on:        training captchas; for a stream, all that were drawn.
    augmented:        whether they were augmented.
    tested_on:        captchas of the test part.
    seconds:          duration of the training.
    late_batches:     how often the training had to wait for the stream.
    characters_right: test characters that were read right, by position.
    characters:       test captchas that have a character there, by position.
    captchas_right:   test captchas whose characters were all read right.
    by_length:        where lengths vary: test captchas right, and all, by number of characters.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    captcha: str = EllipseCaptcha.name
    folder: FolderDescription | None = None
    recipe: Recipe
    fitted_on: int
    augmented: bool = False
    tested_on: int
    parameters: int
    epochs: int
    best_epoch: int
    seconds: float
    late_batches: int
    interrupted: bool
    characters_right: tuple[int, ...]
    characters: tuple[int, ...] = ()  # empty in fits of earlier versions: `tested_on` for each
    captchas_right: int
    by_length: dict[int, tuple[int, int]] = {}

    def load_captcha(self) -> Captcha:
        """The captcha of the fit. Raises DrawingError where it cannot be loaded."""
        return FolderCaptcha(self.folder) if self.folder else captcha_named(self.captcha)

    @property
    def character_accuracy(self) -> float:
        """The share of test characters that were read right, in [0, 1]."""
        characters = sum(self.characters) or self.tested_on * len(self.characters_right)
        return sum(self.characters_right) / characters

    @property
    def captcha_accuracy(self) -> float:
        """The share of test captchas whose characters were all read right, in [0, 1]."""
        return self.captchas_right / self.tested_on

    def as_json(self) -> FitJson:
        """The fields, and both accuracies."""
        rates = {name: getattr(self, name) for name in ("character_accuracy", "captcha_accuracy")}
        return cast("FitJson", self.model_dump(mode="json") | rates)

    @classmethod
    def load(cls, folder: Path) -> Fit:
        """Read what `fit` wrote. Raises FitError where the folder holds no fit."""
        try:
            return cls.model_validate_json((folder / FIT_FILE).read_bytes())
        except (OSError, ValidationError):
            if (folder / RESUME_FILE).exists():
                raise FitError(
                    f"{folder} holds a fit that was killed: continue it with `capslice fit "
                    "--resume` and the options that it had"
                ) from None
            raise FitError(
                f"{folder} holds no finished fit ({FIT_FILE} is missing or broken): make one with "
                "`capslice fit`"
            ) from None


def load_reader(captcha: Captcha, folder: Path) -> tuple[Fit, keras.Model]:
    """A fit, and its reader with the kept weights. Raises FitError where they are missing."""
    result = Fit.load(folder)
    reader = result.recipe.build(captcha)
    try:
        reader.load_weights(folder / WEIGHTS_FILE)
    except (OSError, ValueError) as error:
        raise FitError(
            f"{folder / WEIGHTS_FILE} does not fit its recipe ({error}): fit again"
        ) from None
    return result, reader


def read_history(path: Path) -> dict[str, list[float]]:
    """The columns of a history.csv, one value for each epoch; empty without a finished epoch."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]} if rows else {}
