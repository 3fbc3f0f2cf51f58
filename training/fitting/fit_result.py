"""A finished fit: what its folder holds, and how it is taken up again."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

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

FIT_FILE = "fit.json"
WEIGHTS_FILE = "reader.weights.h5"
HISTORY_FILE = "history.csv"


class Fit(BaseModel):
    """A finished fit: its recipe, its pictures, and how well it does on the test part.

    `captcha` is the name of the captcha that it was fitted to; `folder` describes the
    pictures of a fit to a folder.
    `fitted_on` counts the captchas learned from, in a stream all that were drawn; if they were
    `augmented`, not how;
    `seconds` are those of the fit alone, `late_batches` is how often it had to wait for
    the stream, `characters_right` are by position.
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
    captchas_right: int

    def captcha_itself(self) -> Captcha:
        """The captcha that it was fitted to. Raises DrawingError where it cannot be loaded."""
        return FolderCaptcha(self.folder) if self.folder else captcha_named(self.captcha)

    @property
    def character_accuracy(self) -> float:
        """The share of digits of the test part that were read right."""
        return sum(self.characters_right) / len(self.characters_right) / self.tested_on

    @property
    def captcha_accuracy(self) -> float:
        """The share of captchas of the test part whose digits were all read right."""
        return self.captchas_right / self.tested_on

    def as_json(self) -> dict[str, Any]:
        """What `capslice fit --json` prints; rates in [0, 1]."""
        rates = {name: getattr(self, name) for name in ("character_accuracy", "captcha_accuracy")}
        return self.model_dump(mode="json") | rates

    @classmethod
    def load(cls, folder: Path) -> Fit:
        """Read what `fit` wrote. Raises FitError where the folder holds no fit."""
        try:
            return cls.model_validate_json((folder / FIT_FILE).read_bytes())
        except (OSError, ValidationError):
            raise FitError(
                f"{folder} holds no finished fit ({FIT_FILE} is missing or broken): make one with "
                "`capslice fit`"
            ) from None


def load_reader(captcha: Captcha, folder: Path) -> tuple[Fit, keras.Model]:
    """A fit and its reader with the best weights. Raises FitError where they are not there."""
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
    """The columns of a history.csv; empty where not one epoch was finished."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]} if rows else {}
