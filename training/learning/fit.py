"""Fit a reader to labelled pictures, and keep everything that an export needs in one folder.

The folder holds `fit.json` (recipe and result), `reader.weights.h5` (the weights
of the epoch with the lowest validation loss), `history.csv` (one line an epoch)
and the plots. Ctrl-C ends a fit early; what was reached by then is kept.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from training.errors import FitError
from training.learning.networks import NetworkShape, Sharing, build_reader
from training.learning.plots import plot_history
from training.learning.slices import SLICINGS
from training.pictures import DataSet, EllipseCaptcha

FIT_FILE = "fit.json"
WEIGHTS_FILE = "reader.weights.h5"
HISTORY_FILE = "history.csv"


class Recipe(BaseModel):
    """All that decides how a reader is fitted, apart from the pictures."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slices: str = "equal"
    networks: Sharing = "shared"
    shape: NetworkShape
    epochs: int = 30
    batch: int = 64
    learning_rate: float = 1e-3
    seed: int = 1

    def build(self, captcha: EllipseCaptcha) -> keras.Model:
        """The reader of this recipe, not yet fitted. Raises NetworkError."""
        slices = SLICINGS[self.slices](captcha)
        return build_reader(captcha.size, slices, len(captcha.charset), self.shape, self.networks)


class Fit(BaseModel):
    """A finished fit: its recipe, its pictures, and how well it does on the test part."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: Recipe
    fitted_on: int
    tested_on: int
    parameters: int
    epochs: int
    best_epoch: int
    interrupted: bool
    digit_accuracy: float
    captcha_accuracy: float

    @classmethod
    def load(cls, folder: Path) -> Fit:
        """Read what `fit` wrote. Raises FitError where the folder holds no fit."""
        try:
            return cls.model_validate_json((folder / FIT_FILE).read_bytes())
        except (OSError, ValidationError):
            raise FitError(
                f"{folder} holds no finished fit ({FIT_FILE} is missing or broken): make one with "
                "`captcha-training fit`"
            ) from None


def captcha_accuracy(codes: Any, probabilities: Any) -> Any:
    """The share of captchas in a batch with every digit right."""
    right = keras.ops.equal(
        keras.ops.cast(codes, "int64"), keras.ops.cast(keras.ops.argmax(probabilities, -1), "int64")
    )
    return keras.ops.all(right, axis=-1)


def fit(
    captcha: EllipseCaptcha,
    parts: Sequence[DataSet],
    recipe: Recipe,
    folder: Path,
    *,
    overwrite: bool = False,
    callbacks: Iterable[keras.callbacks.Callback] = (),
) -> Fit:
    """Fit to `parts` (training, validation, test) and write the folder.

    The same recipe and pictures give the same weights on the same machine.

    Raises FitError where the folder has a fit already and `overwrite` is not set, or
    cannot be written to, and NetworkError where the recipe's network cannot be built.
    """
    training, validation, test = parts
    if (folder / FIT_FILE).exists() and not overwrite:
        raise FitError(
            f"{folder} holds a fit already: name another folder with --out, or give --overwrite"
        )
    keras.utils.set_random_seed(recipe.seed)
    tf.config.experimental.enable_op_determinism()
    reader = recipe.build(captcha)
    steps = recipe.epochs * -(-len(training) // recipe.batch)
    reader.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)),
        keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy"), captcha_accuracy],
    )
    weights = folder / WEIGHTS_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in (folder / FIT_FILE, weights):
            old.unlink(missing_ok=True)
    except OSError as error:
        raise FitError(f"{folder} cannot be written to: {error.strerror or error}") from None
    best = keras.callbacks.ModelCheckpoint(
        weights, monitor="val_loss", save_best_only=True, save_weights_only=True
    )
    record = keras.callbacks.CSVLogger(folder / HISTORY_FILE)
    interrupted = False
    try:
        reader.fit(
            training.pictures,
            training.codes,
            batch_size=recipe.batch,
            epochs=recipe.epochs,
            validation_data=(validation.pictures, validation.codes),
            callbacks=[best, record, *callbacks],
            verbose=0,
        )
    except KeyboardInterrupt:
        interrupted = True
    if weights.exists():
        reader.load_weights(weights)
    else:
        reader.save_weights(weights)
    history = _read_history(folder / HISTORY_FILE)
    if history:
        plot_history(history, len(captcha.charset), folder)
    right = predict(reader, test.pictures).argmax(-1) == test.codes
    result = Fit(
        recipe=recipe,
        fitted_on=len(training),
        tested_on=len(test),
        parameters=reader.count_params(),
        epochs=len(history.get("loss", [])),
        best_epoch=int(np.argmin(history["val_loss"])) + 1 if history else 0,
        interrupted=interrupted,
        digit_accuracy=float(right.mean()),
        captcha_accuracy=float(right.all(-1).mean()),
    )
    (folder / FIT_FILE).write_text(result.model_dump_json(indent=2) + "\n")
    return result


def load_reader(captcha: EllipseCaptcha, folder: Path) -> tuple[Fit, keras.Model]:
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


def predict(reader: keras.Model, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 probabilities (n, length, classes) for uint8 pictures (n, height, width)."""
    probabilities: NDArray[np.float32] = reader.predict(pictures, batch_size=256, verbose=0)
    return probabilities


def _read_history(path: Path) -> dict[str, list[float]]:
    """The columns of history.csv; empty where not one epoch was finished."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]} if rows else {}
