"""How a reader is fitted: its network, what it learns from and by, and how often it is shown that.

Nothing here fits one: fit.py does.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar

import keras
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from capslice.errors import DataSetError, NetworkError
from capslice.training.exporting.calibration import last_layers
from capslice.training.fitting.muon import Muon
from capslice.training.networks.slices import SMALL, WHOLE, NetworkShape, Sharing, build_reader
from capslice.training.pictures import Captcha, DataSet, Pool, Slices, Stream

Optimizer = Literal["adam", "adamw", "muon", "rmsprop"]
# Muon's steps are scaled to a fifth of what Adam's may be.
RATES: dict[Optimizer, float] = {"adam": 2e-3, "adamw": 2e-3, "muon": 1e-2, "rmsprop": 2e-3}
Number = TypeVar("Number", np.int64, np.float64)


class Parts(NamedTuple):
    """What to learn from, what to choose the best epoch by, and what to judge by at the end."""

    training: DataSet | Stream
    validation: DataSet
    test: DataSet | Stream

    def learned_from(self) -> DataSet | None:
        """The pictures that there are to learn from; none, where each is drawn when it is shown."""
        if isinstance(self.training, DataSet):
            return self.training
        source = self.training.source
        return source.data if isinstance(source, Pool) else None

    @property
    def augmented(self) -> bool:
        """Whether the pictures are augmented, each time that they are shown."""
        return isinstance(self.training, Stream) and self.learned_from() is not None

    def fewer(self, share: float) -> Parts:
        """The same, with a part in (0, 1] of the pictures that there are to learn from.

        Raises DataSetError where each is drawn when it is shown.
        """
        data = self.learned_from()
        if data is None:
            raise DataSetError("--learning-curve is for pictures that are there: give --data")
        first = data.subset(np.arange(max(1, round(share * len(data)))))
        if isinstance(self.training, DataSet):
            return self._replace(training=first)
        return self._replace(training=replace(self.training, source=Pool(first)))


class Recipe(BaseModel):
    """All that decides how a reader is fitted, apart from the pictures.

    `slices` names one of the captcha's ways to be cut (the best, if None),
    `positions` are the digits to read (all, if None), `keep` says which epoch's
    weights are kept. `teach` is what it counts where attention looks, beside what is read: a
    network over the whole picture is taught that by pictures of which it is known. `warm_up` is
    the share of all steps in which the rate rises from 0, `decay` the share of a weight that AdamW
    and Muon take away in a step at a rate of 1, and `smoothing` the probability that a label
    is taken to be any other character. `patience` is after how many epochs that were no better than
    the best a fit ends early (0: never).
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
    decay: float = 0.0
    smoothing: float = 0.0
    patience: int = 0
    teach: float = 0.5
    keep: Literal["best", "last"] = "best"
    seed: int = 1

    @classmethod
    def usual(cls, networks: Sharing, optimizer: Optimizer | None = None) -> Recipe:
        """What has done well for such networks, by this optimizer or by the best for them."""
        usual: dict[str, Any] = {"shape": SMALL, "batch": 32, "optimizer": "adam"}
        if networks == "whole":
            usual = {"shape": WHOLE, "batch": 64, "optimizer": "adamw"}
            usual |= {"warm_up": 0.05, "decay": 0.1, "smoothing": 0.05}
        if optimizer:
            usual["optimizer"] = optimizer
        return cls(networks=networks, epochs=20, learning_rate=RATES[usual["optimizer"]], **usual)

    def build(self, captcha: Captcha) -> keras.Model:
        """The reader of this recipe, not yet fitted. Raises NetworkError."""
        slices = self.slices_of(captcha)
        if self.positions is not None:
            slices = tuple(slices[position] for position in self.positions)
        return build_reader(captcha.size, slices, len(captcha.charset), self.shape, self.networks)

    def slices_of(self, captcha: Captcha) -> Slices:
        """How the captcha is cut. Raises NetworkError where it has no such way to be."""
        slicings = captcha.slicings
        name = self.slices or next(iter(slicings))
        if name not in slicings:
            raise NetworkError(
                f"the captcha {captcha.name!r} has no slices {name!r}: it has {', '.join(slicings)}"
            )
        return slicings[name]

    def labels(self, codes: NDArray[Number]) -> NDArray[Number]:
        """Of codes or middles (n, length), those of the digits that are read."""
        return codes if self.positions is None else codes[:, self.positions]

    def compile(self, learner: keras.Model, steps: int) -> None:
        """Make a reader, or one that is taught, ready to be fitted, by `steps` an epoch."""
        rate: Any = self.learning_rate
        if self.schedule == "cosine":
            steps *= self.epochs
            rising = round(self.warm_up * steps)
            begin, target = (0.0, rate) if rising else (rate, None)
            rate = keras.optimizers.schedules.CosineDecay(
                begin, steps - rising, warmup_target=target, warmup_steps=rising
            )
        kinds = {
            "adam": keras.optimizers.Adam,
            "adamw": partial(keras.optimizers.AdamW, weight_decay=self.decay),
            "muon": partial(
                Muon, decay=self.decay, beside=[each.name for each in last_layers(learner)]
            ),
            "rmsprop": keras.optimizers.RMSprop,
        }
        learner.compile(
            kinds[self.optimizer](rate),
            _Surprise(self.smoothing),
            metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy"), captcha_accuracy],
        )

    def teaches(self, parts: Parts) -> bool:
        """Whether a reader of these parts is told where their digits are."""
        known = parts.validation.middles is not None
        return known and self.networks == "whole" and self.teach > 0


class _Surprise(keras.losses.SparseCategoricalCrossentropy):  # type: ignore[misc]
    """Cross-entropy to labels that may be smoothed (Szegedy et al., CVPR 2016)."""

    def __init__(self, smoothing: float) -> None:
        super().__init__()
        self.smoothing = smoothing

    def call(self, codes: Any, probabilities: Any) -> Any:
        """float32 (n, length)."""
        surprise = super().call(codes, probabilities)
        if not self.smoothing:
            return surprise
        of_all = -keras.ops.mean(keras.ops.log(keras.ops.maximum(probabilities, 1e-7)), axis=-1)
        return (1 - self.smoothing) * surprise + self.smoothing * of_all


def captcha_accuracy(codes: Any, probabilities: Any) -> Any:
    """The share of captchas in a batch with every digit right."""
    right = keras.ops.equal(
        keras.ops.cast(codes, "int64"), keras.ops.cast(keras.ops.argmax(probabilities, -1), "int64")
    )
    return keras.ops.all(right, axis=-1)
