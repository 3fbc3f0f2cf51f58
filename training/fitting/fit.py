"""Fits a reader to labelled pictures, and keeps everything that an export needs in one folder.

    fit.json           recipe and result
    reader.weights.h5  weights of the epoch with the lowest validation loss, or of the last epoch
    history.csv        one line for each epoch; history.svg plots it
    held_out.npz       validation and test pictures, of a fit to a folder
    resume.weights.h5  state after the last epoch, of a fit that was interrupted

Ctrl-C ends a fit early and keeps what it has reached. Such a fit can be resumed, also after a
crash.
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
    RESUME_FILE,
    WEIGHTS_FILE,
    Fit,
    read_history,
)
from capslice.training.fitting.judge import judge
from capslice.training.fitting.plots import plot_history
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.networks.column_loss import column_labels
from capslice.training.networks.whole import supervise_attention
from capslice.training.pictures import Captcha, DataSet, FolderCaptcha, Stream

PLOT_FILE = "history.svg"


def fit(
    captcha: Captcha,
    parts: Parts,
    recipe: Recipe,
    folder: Path,
    *,
    overwrite: bool = False,
    resume: bool = False,
    warm_start: keras.Model | None = None,
    callbacks: Iterable[keras.callbacks.Callback] = (),
) -> Fit:
    """Fit a reader to `parts`, and write it into `folder`.

    `resume` continues an interrupted fit of that folder. `warm_start` is a reader of this recipe,
    whose weights the fit starts from.

    The same recipe and pictures give the same weights on the same machine. A resumed fit differs
    only in that it shuffles stored pictures anew; a stream is the same.

    Raises FitError where the folder holds a fit already and `overwrite` is not set, or where it
    cannot be written to. Raises NetworkError where the recipe's network cannot be built.
    """
    if (folder / FIT_FILE).exists() and not overwrite:
        resumable = resume and Fit.load(folder).interrupted
        if not resumable:
            raise FitError(
                f"{folder} holds a fit already: name another folder with --out, or give --overwrite"
            )
    keras.utils.clear_session()  # frees the memory of earlier fits in this process
    keras.utils.set_random_seed(recipe.seed)
    tf.config.experimental.enable_op_determinism()
    reader = recipe.build_for_fit(captcha)
    if warm_start:
        reader.set_weights(warm_start.get_weights())
    learner = reader
    if recipe.supervises_attention(parts):
        learner = supervise_attention(reader, recipe.attention_supervision)
    steps = -(-len(parts.training) // recipe.batch)
    recipe.compile(learner, steps)
    # Without this, the first step makes the optimizer's variables, and is traced twice.
    learner.optimizer.build(learner.trainable_variables)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        first_epoch = _resume(learner, steps, folder) if resume else 0
        if not first_epoch:
            for name in (FIT_FILE, WEIGHTS_FILE, HISTORY_FILE, RESUME_FILE, held_out.HELD_OUT_FILE):
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise FitError(f"{folder} cannot be written to: {error.strerror or error}") from None
    earlier = read_history(folder / HISTORY_FILE)
    checkpoint = keras.callbacks.ModelCheckpoint(
        folder / WEIGHTS_FILE,
        monitor=recipe.monitored,
        mode="min",
        save_best_only=recipe.keep == "best",
        save_weights_only=True,
        initial_value_threshold=min(earlier.get(recipe.monitored, []), default=None),
    )
    logger = keras.callbacks.CSVLogger(folder / HISTORY_FILE, append=first_epoch > 0)
    started = time.monotonic()
    try:
        watchers = [_EpochTimer(), checkpoint, logger, _ResumePoint(folder), *callbacks]
        if recipe.patience:
            watchers.append(
                keras.callbacks.EarlyStopping(
                    recipe.monitored, mode="min", patience=recipe.patience
                )
            )
        _train(learner, parts, recipe, first_epoch, steps, watchers)
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    finally:
        if logger.csv_file:
            logger.csv_file.close()  # Keras only closes it at the end of a whole fit
    seconds = sum(earlier.get("seconds", [])) + time.monotonic() - started
    if not (folder / WEIGHTS_FILE).exists():
        reader.save_weights(folder / WEIGHTS_FILE)
    reader = recipe.build(captcha)
    reader.load_weights(folder / WEIGHTS_FILE)
    history = read_history(folder / HISTORY_FILE)
    if history:
        plot_history(history, len(captcha.charset), folder / PLOT_FILE)
    judged = judge(reader, captcha, recipe, parts.test)
    epochs = len(history.get("loss", []))
    stream = parts.training if isinstance(parts.training, Stream) else None
    stored = parts.training_pictures()
    result = Fit(
        captcha=captcha.name,
        folder=captcha.description if isinstance(captcha, FolderCaptcha) else None,
        recipe=recipe,
        fitted_on=epochs * steps * recipe.batch if stored is None else len(stored),
        augmented=parts.augmented,
        tested_on=judged.pictures,
        parameters=reader.count_params(),
        epochs=epochs,
        best_epoch=int(np.argmin(history[recipe.monitored])) + 1 if history else 0,
        seconds=seconds,
        late_batches=stream.late if stream else 0,
        interrupted=interrupted,
        characters_right=tuple(judged.characters_right),
        characters=tuple(judged.characters),
        captchas_right=judged.captchas_right,
        by_length=judged.by_length if captcha.shortest < captcha.length else {},
    )
    if isinstance(captcha, FolderCaptcha) and isinstance(parts.test, DataSet):
        held_out.save(folder, parts.validation, parts.test)
    (folder / FIT_FILE).write_text(result.model_dump_json(indent=2) + "\n")
    if not interrupted:
        (folder / RESUME_FILE).unlink(missing_ok=True)
    return result


def _train(
    learner: keras.Model,
    parts: Parts,
    recipe: Recipe,
    first_epoch: int,
    steps: int,
    callbacks: list[keras.callbacks.Callback],
) -> None:
    """Train from `first_epoch` on."""

    def inputs_and_labels(part: DataSet) -> tuple[Any, NDArray[np.int64]]:
        if recipe.networks == "columns":
            width, columns = learner.input_shape[2], learner.output_shape[1]
            return part.pictures, column_labels(
                part.codes, part.middles, width, columns, part.rejected
            )
        inputs: Any = part.pictures
        if recipe.supervises_attention(parts) and part.middles is not None:
            inputs = (part.pictures, recipe.labels(part.middles))
        return inputs, recipe.labels(part.codes)

    settings: dict[str, Any] = {
        "epochs": recipe.epochs,
        "initial_epoch": first_epoch,
        "validation_data": inputs_and_labels(parts.validation),
        "validation_batch_size": 256,
        "callbacks": callbacks,
        "verbose": 0,
    }
    if isinstance(parts.training, Stream):
        with closing(parts.training.batches(recipe.batch, first_epoch * steps)) as batches:
            pairs = (inputs_and_labels(batch) for batch in batches)
            learner.fit(pairs, steps_per_epoch=steps, shuffle=False, **settings)
    else:
        learner.fit(*inputs_and_labels(parts.training), batch_size=recipe.batch, **settings)


class _EpochTimer(keras.callbacks.Callback):  # type: ignore[misc]
    """Logs the seconds that each epoch took, with its validation."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs["seconds"] = time.monotonic() - self.started


class _ResumePoint(keras.callbacks.Callback):  # type: ignore[misc]
    """Saves weights and optimizer after each epoch. The file is never half written."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        new = self.folder / f"next.{RESUME_FILE}"
        self.model.save_weights(new)
        new.replace(self.folder / RESUME_FILE)


def _resume(learner: keras.Model, steps: int, folder: Path) -> int:
    """Load the state that is in the folder, if any. Returns the number of finished epochs."""
    if not (folder / RESUME_FILE).exists():
        return 0
    try:
        learner.load_weights(folder / RESUME_FILE)
    except (OSError, ValueError) as error:
        raise FitError(
            f"{folder / RESUME_FILE} is of another recipe ({error}): fit anew, without --resume"
        ) from None
    epochs = int(learner.optimizer.iterations) // steps
    # The history may be one epoch ahead, if the fit was killed between the two writes.
    lines = (folder / HISTORY_FILE).read_text().splitlines(keepends=True)
    (folder / HISTORY_FILE).write_text("".join(lines[: epochs + 1]))
    return epochs
