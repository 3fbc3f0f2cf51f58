"""The recipe of a fit: network, optimizer, loss and schedule. fit.py follows it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar

import keras
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from capslice.errors import DataSetError, NetworkError
from capslice.training.fitting.muon import Muon
from capslice.training.networks import column_loss
from capslice.training.networks.reader import build_reader, last_layers
from capslice.training.networks.shape import COLUMNS, SMALL, WHOLE, NetworkShape, Sharing
from capslice.training.pictures import Captcha, DataSet, Mixture, Pool, Slices, Stream

Optimizer = Literal["adam", "adamw", "muon", "rmsprop"]
# A step of Muon is scaled to a fifth of Adam's largest step.
RATES: dict[Optimizer, float] = {"adam": 2e-3, "adamw": 2e-3, "muon": 1e-2, "rmsprop": 2e-3}
Number = TypeVar("Number", np.int64, np.float64)


class Parts(NamedTuple):
    """The pictures for training, for the choice of the best epoch, and for the final test."""

    training: DataSet | Stream
    validation: DataSet
    test: DataSet | Stream

    def training_pictures(self) -> DataSet | None:
        """The stored training pictures; None where each picture is drawn when it is shown."""
        if isinstance(self.training, DataSet):
            return self.training
        source = self.training.source
        pool = source.labelled if isinstance(source, Mixture) else source
        return pool.data if isinstance(pool, Pool) else None

    @property
    def augmented(self) -> bool:
        """Whether the pictures are augmented, each time that they are shown."""
        return isinstance(self.training, Stream) and self.training_pictures() is not None

    def fewer(self, share: float) -> Parts:
        """The same parts, with only a share in (0, 1] of the stored training pictures.

        Raises DataSetError where each picture is drawn when it is shown.
        """
        data = self.training_pictures()
        if data is None:
            raise DataSetError("--learning-curve needs labelled pictures: give --data")
        first = data.subset(np.arange(max(1, round(share * len(data)))))
        if isinstance(self.training, DataSet):
            return self._replace(training=first)
        source, pool = self.training.source, Pool(first)
        fewer = replace(source, labelled=pool) if isinstance(source, Mixture) else pool
        return self._replace(training=replace(self.training, source=fewer))


class Recipe(BaseModel):
    """Everything that decides how a reader is fitted, apart from the pictures.

    slices:                name of one of the captcha's slicings; None for its first.
    positions:             the characters to read; None for all.
    epochs, batch:         passes through the training part, and captchas in a step.
    learning_rate:         at first; a `cosine` schedule lowers it to 0.
    warm_up:               share of all steps in which the rate rises from 0 first.
    weight_decay:          of AdamW and Muon, as a share of each weight at a learning rate of 1.
    label_smoothing:       share of each label that is spread over all characters, in [0, 1).
    attention_supervision: weight of the loss of the attention; 0 for none. It only applies to
                           the whole-picture network, and pictures whose middles are known.
    column_supervision:    weight of the columns' cross-entropy beside CTC, of the column network.
    ctc_from:              share of all steps after which CTC begins; before, the columns alone
                           are supervised.
    patience:              epochs without a lower validation loss that end the fit; 0 for never.
    bfloat16:              compute convolutions and dense layers in bfloat16 while fitting. On
                           processors that have it, a step takes about half as long.
    keep:                  the epoch whose weights are kept: that of the lowest validation loss, or
                           the last.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    slices: str | None = None
    positions: tuple[int, ...] | None = None
    networks: Sharing = "shared"
    shape: NetworkShape
    epochs: int = 30
    batch: int = 64
    optimizer: Optimizer = "adam"
    schedule: Literal["cosine", "constant"] = "cosine"
    learning_rate: float = 1e-3
    warm_up: float = 0.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    patience: int = 0
    attention_supervision: float = 0.5
    column_supervision: float = 0.5
    ctc_from: float = 0.4
    keep: Literal["best", "last"] = "best"
    bfloat16: bool = False
    seed: int = 1

    @classmethod
    def usual(cls, networks: Sharing, optimizer: Optimizer | None = None) -> Recipe:
        """The recipe that works well for these networks, with this optimizer or the best one."""
        usual: dict[str, Any] = {"shape": SMALL, "batch": 32, "optimizer": "adam"}
        if networks == "whole":
            usual = {"shape": WHOLE, "batch": 64, "optimizer": "adamw"}
            usual |= {"warm_up": 0.05, "weight_decay": 0.1, "label_smoothing": 0.05}
        if networks == "columns":
            usual = {"shape": COLUMNS, "batch": 64, "optimizer": "adamw"}
            usual |= {"warm_up": 0.05, "weight_decay": 0.02, "keep": "last"}
        if optimizer:
            usual["optimizer"] = optimizer
        return cls(networks=networks, epochs=20, learning_rate=RATES[usual["optimizer"]], **usual)

    def build(self, captcha: Captcha) -> keras.Model:
        """Build the untrained reader, in float32. Raises NetworkError where that is impossible."""
        if self.networks != "columns" and captcha.shortest < captcha.length:
            raise NetworkError(
                f"networks of the kind {self.networks!r} read texts of one length, and these have "
                f"{captcha.lengths} characters: use `--networks columns`"
            )
        slices = () if self.networks == "columns" else self.slices_of(captcha)
        if self.positions is not None:
            slices = tuple(slices[position] for position in self.positions)
        reader = build_reader(captcha.size, slices, len(captcha.charset), self.shape, self.networks)
        # CTC needs a column between two equal characters.
        if self.networks == "columns" and reader.output_shape[1] < 2 * captcha.length - 1:
            raise NetworkError(
                f"the network has {reader.output_shape[1]} columns for pictures {captcha.size[0]} "
                f"pixels wide, too few for {captcha.length} characters: use larger pictures"
            )
        return reader

    def build_for_fit(self, captcha: Captcha) -> keras.Model:
        """Build the untrained reader, in bfloat16 if the recipe says so; weights stay float32.

        Raises NetworkError as `build` does.
        """
        keras.config.set_dtype_policy("mixed_bfloat16" if self.bfloat16 else "float32")
        try:
            return self.build(captcha)
        finally:
            keras.config.set_dtype_policy("float32")

    def slices_of(self, captcha: Captcha) -> Slices:
        """The captcha's slices. Raises NetworkError where it has none of this name."""
        slicings = captcha.slicings
        name = self.slices or next(iter(slicings))
        if name not in slicings:
            raise NetworkError(
                f"the captcha {captcha.name!r} has no slices {name!r}: it has {', '.join(slicings)}"
            )
        return slicings[name]

    def labels(self, values: NDArray[Number]) -> NDArray[Number]:
        """Codes or middles (n, length), reduced to the positions that the reader reads."""
        return values if self.positions is None else values[:, self.positions]

    @property
    def monitored(self) -> str:
        """The validation metric that chooses the best epoch, the lower the better."""
        # The loss of a column network means something else as soon as CTC begins.
        return "val_ctc" if self.networks == "columns" else "val_loss"

    def compile(self, learner: keras.Model, steps: int) -> None:
        """Compile a reader, with or without attention supervision, for `steps` in an epoch."""
        rate: Any = self.learning_rate
        steps_in_all = steps * self.epochs
        if self.schedule == "cosine":
            rising = round(self.warm_up * steps_in_all)
            first, target = (0.0, rate) if rising else (rate, None)
            rate = keras.optimizers.schedules.CosineDecay(
                first, steps_in_all - rising, warmup_target=target, warmup_steps=rising
            )
        kinds = {
            "adam": keras.optimizers.Adam,
            "adamw": partial(keras.optimizers.AdamW, weight_decay=self.weight_decay),
            "muon": partial(
                Muon,
                weight_decay=self.weight_decay,
                excluded=[each.name for each in last_layers(learner)],
            ),
            "rmsprop": keras.optimizers.RMSprop,
        }
        loss: Any = _CrossEntropy(self.label_smoothing)
        metrics: list[Any] = [keras.metrics.SparseCategoricalAccuracy("accuracy"), captcha_accuracy]
        if self.networks == "columns":
            ctc_step = round(self.ctc_from * steps_in_all)
            loss = column_loss.ColumnLoss(
                self.column_supervision, lambda: learner.optimizer.iterations.value >= ctc_step
            )
            metrics = [column_loss.ctc, column_loss.accuracy, column_loss.captcha_accuracy]
        learner.compile(kinds[self.optimizer](rate), loss, metrics=metrics)

    def supervises_attention(self, parts: Parts) -> bool:
        """Whether a fit to these parts shows the attention where the characters are."""
        known = parts.validation.middles is not None
        return known and self.networks == "whole" and self.attention_supervision > 0


class _CrossEntropy(keras.losses.SparseCategoricalCrossentropy):  # type: ignore[misc]
    """Cross-entropy with label smoothing (Szegedy et al., CVPR 2016)."""

    def __init__(self, label_smoothing: float) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing

    def call(self, codes: Any, probabilities: Any) -> Any:
        """float32 (n, length)."""
        loss = super().call(codes, probabilities)
        if not self.label_smoothing:
            return loss
        of_all = -keras.ops.mean(keras.ops.log(keras.ops.maximum(probabilities, 1e-7)), axis=-1)
        return (1 - self.label_smoothing) * loss + self.label_smoothing * of_all


def captcha_accuracy(codes: Any, probabilities: Any) -> Any:
    """For each captcha of a batch, whether all its characters are right: bool (n,)."""
    right = keras.ops.equal(
        keras.ops.cast(codes, "int64"), keras.ops.cast(keras.ops.argmax(probabilities, -1), "int64")
    )
    return keras.ops.all(right, axis=-1)
