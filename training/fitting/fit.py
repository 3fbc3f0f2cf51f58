"""Fit a reader to labelled pictures, and keep everything that an export needs in one folder.

The folder holds `fit.json` (recipe and result), where the pictures were a folder's `held_out.npz`
(those that it was chosen and judged by), `reader.weights.h5` (the weights
of the epoch with the lowest validation loss, or of the last), `history.csv` (one
line an epoch) and `history.svg`. Ctrl-C ends a fit early; what was reached by then
is kept, and so is `resume.weights.h5`, the state after the last epoch, from which
an interrupted fit can go on, also after a crash.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from capslice.errors import FitError
from capslice.training.fitting import held_out
from capslice.training.fitting.fit_result import (
    FIT_FILE,
    HISTORY_FILE,
    WEIGHTS_FILE,
    Fit,
    read_history,
)
from capslice.training.fitting.plots import plot_history
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.networks.whole import taught
from capslice.training.pictures import Captcha, DataSet, FolderCaptcha, Stream

PLOT_FILE = "history.svg"
RESUME_FILE = "resume.weights.h5"


def fit(
    captcha: Captcha,
    parts: Parts,
    recipe: Recipe,
    folder: Path,
    *,
    overwrite: bool = False,
    resume: bool = False,
    begin: keras.Model | None = None,
    callbacks: Iterable[keras.callbacks.Callback] = (),
) -> Fit:
    """Fit to `parts` and write the folder; `resume` goes on where an interrupted fit was.

    What is learned begins with the weights of `begin`, if it is given: a reader of this recipe.

    The same recipe and pictures give the same weights on the same machine. (One that
    was resumed differs: it shuffles its pictures anew; a stream is the same.)

    Raises FitError where the folder has a fit already and `overwrite` is not set, or
    cannot be written to, and NetworkError where the recipe's network cannot be built.
    """
    if (folder / FIT_FILE).exists() and not overwrite:
        goes_on = resume and Fit.load(folder).interrupted
        if not goes_on:
            raise FitError(
                f"{folder} holds a fit already: name another folder with --out, or give --overwrite"
            )
    keras.utils.clear_session()  # what earlier fits of this process left in memory
    keras.utils.set_random_seed(recipe.seed)
    tf.config.experimental.enable_op_determinism()
    reader = recipe.build(captcha)
    if begin:
        reader.set_weights(begin.get_weights())
    learner = taught(reader, recipe.teach) if recipe.teaches(parts) else reader
    steps = -(-len(parts.training) // recipe.batch)
    recipe.compile(learner, steps)
    # What it remembers of each weight; made only in its first step, that step is traced twice.
    learner.optimizer.build(learner.trainable_variables)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        begun = _resume(learner, recipe, steps, folder) if resume else 0
        if not begun:
            for name in (FIT_FILE, WEIGHTS_FILE, HISTORY_FILE, RESUME_FILE, held_out.HELD_OUT_FILE):
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise FitError(f"{folder} cannot be written to: {error.strerror or error}") from None
    before = read_history(folder / HISTORY_FILE)
    kept = keras.callbacks.ModelCheckpoint(
        folder / WEIGHTS_FILE,
        monitor="val_loss",
        save_best_only=recipe.keep == "best",
        save_weights_only=True,
        initial_value_threshold=min(before.get("val_loss", []), default=None),
    )
    record = keras.callbacks.CSVLogger(folder / HISTORY_FILE, append=begun > 0)
    started = time.monotonic()
    try:
        watchers = [_Clock(), kept, record, _Resumable(folder), *callbacks]
        if recipe.patience:
            watchers.append(keras.callbacks.EarlyStopping(patience=recipe.patience))
        _learn(learner, parts, recipe, begun, steps, watchers)
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    finally:
        if record.csv_file:
            record.csv_file.close()  # as Keras does only where a fit comes to its end
    seconds = sum(before.get("seconds", [])) + time.monotonic() - started
    if (folder / WEIGHTS_FILE).exists():
        reader.load_weights(folder / WEIGHTS_FILE)
    else:
        reader.save_weights(folder / WEIGHTS_FILE)
    history = read_history(folder / HISTORY_FILE)
    if history:
        plot_history(history, len(captcha.charset), folder / PLOT_FILE)
    test = parts.test.portions() if isinstance(parts.test, Stream) else [parts.test]
    right = np.concatenate(
        [predict(reader, part.pictures).argmax(-1) == recipe.labels(part.codes) for part in test]
    )
    epochs = len(history.get("loss", []))
    stream = parts.training if isinstance(parts.training, Stream) else None
    learned = parts.learned_from()
    result = Fit(
        captcha=captcha.name,
        folder=captcha.description if isinstance(captcha, FolderCaptcha) else None,
        recipe=recipe,
        fitted_on=epochs * steps * recipe.batch if learned is None else len(learned),
        augmented=parts.augmented,
        tested_on=len(right),
        parameters=reader.count_params(),
        epochs=epochs,
        best_epoch=int(np.argmin(history["val_loss"])) + 1 if history else 0,
        seconds=seconds,
        late_batches=stream.late if stream else 0,
        interrupted=interrupted,
        characters_right=tuple(right.sum(0).tolist()),
        captchas_right=int(right.all(-1).sum()),
    )
    if isinstance(captcha, FolderCaptcha) and isinstance(parts.test, DataSet):
        held_out.keep(folder, parts.validation, parts.test)
    (folder / FIT_FILE).write_text(result.model_dump_json(indent=2) + "\n")
    if not interrupted:
        (folder / RESUME_FILE).unlink(missing_ok=True)
    return result


def _learn(
    learner: keras.Model,
    parts: Parts,
    recipe: Recipe,
    begun: int,
    steps: int,
    callbacks: list[keras.callbacks.Callback],
) -> None:
    """The epochs from `begun` on."""

    def lesson(part: DataSet) -> tuple[Any, NDArray[np.int64]]:
        """What is shown, and what it is."""
        shown: Any = part.pictures
        if recipe.teaches(parts) and part.middles is not None:
            shown = (part.pictures, recipe.labels(part.middles))
        return shown, recipe.labels(part.codes)

    settings: dict[str, Any] = {
        "epochs": recipe.epochs,
        "initial_epoch": begun,
        "validation_data": lesson(parts.validation),
        "validation_batch_size": 256,
        "callbacks": callbacks,
        "verbose": 0,
    }
    if isinstance(parts.training, Stream):
        with closing(parts.training.batches(recipe.batch, begun * steps)) as batches:
            lessons = (lesson(batch) for batch in batches)
            learner.fit(lessons, steps_per_epoch=steps, shuffle=False, **settings)
    else:
        learner.fit(*lesson(parts.training), batch_size=recipe.batch, **settings)


class _Clock(keras.callbacks.Callback):  # type: ignore[misc]
    """Puts on record how many seconds each epoch took, its validation included."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.begun = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs["seconds"] = time.monotonic() - self.begun


class _Resumable(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps weights and optimizer after each epoch, in a file that is never half written."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        beside = self.folder / f"next.{RESUME_FILE}"
        self.model.save_weights(beside)
        beside.replace(self.folder / RESUME_FILE)


def _resume(learner: keras.Model, recipe: Recipe, steps: int, folder: Path) -> int:
    """Take up the state that is in the folder, if any; how many epochs it has behind it."""
    if not (folder / RESUME_FILE).exists():
        return 0
    try:
        learner.load_weights(folder / RESUME_FILE)
    except (OSError, ValueError) as error:
        raise FitError(
            f"{folder / RESUME_FILE} is of another recipe ({error}): fit anew, without --resume"
        ) from None
    epochs = int(learner.optimizer.iterations) // steps
    # The record may be ahead by the epoch in which the fit was cut off.
    lines = (folder / HISTORY_FILE).read_text().splitlines(keepends=True)
    (folder / HISTORY_FILE).write_text("".join(lines[: epochs + 1]))
    return epochs


def predict(reader: keras.Model, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 probabilities (n, length, classes) for uint8 pictures (n, height, width)."""
    probabilities: NDArray[np.float32] = reader.predict(pictures, batch_size=256, verbose=0)
    return probabilities
