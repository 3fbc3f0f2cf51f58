"""`python -m benchmarks.heads`: how to get from a picture's columns to its characters.

Three ways, on the same trunk (training/networks/whole.py), for the same number of steps: an
attention for each position with one classifier for all, as the whole-picture network has it; a
classifier for each position that sees all columns at once; and connectionist temporal
classification (Graves et al., ICML 2006), which has every column say a character or none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from typing import NamedTuple

import click
import keras
import numpy as np
from numpy.typing import NDArray

from capslice import command_line
from capslice.models.intervals import Rate
from capslice.training.fitting.recipe import captcha_accuracy
from capslice.training.networks.slices import WHOLE, multiply_adds
from capslice.training.networks.whole import Attention, taught, trunk, with_context
from capslice.training.pictures import Captcha, DataSet, Stream, captcha_named, draw_set

BATCH = 64
TESTED_ON = 5000
HEADS = UNTAUGHT, TAUGHT, EACH, CTC = (
    "attention",
    "attention, taught",
    "a classifier for each position",
    "CTC",
)

Answers = NDArray[np.int64]


class Head(NamedTuple):
    """A network with one of the heads, how it is fitted, and how what it gives is read."""

    name: str
    network: keras.Model
    learner: keras.Model
    loss: keras.losses.Loss
    teaches: bool
    read: Callable[[NDArray[np.float32]], Answers]


def heads(captcha: Captcha, teach: float) -> Iterator[Head]:
    """One after the other; attention is taught as well, where that is asked for."""
    classes, (slices, *_) = len(captcha.charset), captcha.slicings.values()
    middles = [(left + right) / 2 for left, right in slices]
    surprise = keras.losses.SparseCategoricalCrossentropy()

    def best(probabilities: NDArray[np.float32]) -> Answers:
        return probabilities.argmax(-1)

    for share in (0.0, teach) if teach else (0.0,):
        image, columns = trunk(captcha.size, WHOLE.filters)
        seen, _ = Attention(middles, captcha.size[0])(columns, with_context(columns, WHOLE.context))
        network = keras.Model(image, _classified(seen, classes))
        learner = taught(network, share) if share else network
        yield Head(TAUGHT if share else UNTAUGHT, network, learner, surprise, bool(share), best)

    image, columns = trunk(captcha.size, WHOLE.filters)
    all_columns = keras.layers.Dense(WHOLE.dense, "relu")(keras.layers.Flatten()(columns))
    logits = keras.layers.Dense(captcha.length * classes)(all_columns)
    each = keras.layers.Softmax()(keras.layers.Reshape((captcha.length, classes))(logits))
    network = keras.Model(image, each)
    yield Head(EACH, network, network, surprise, False, best)

    image, columns = trunk(captcha.size, WHOLE.filters)
    # Keras counts the blank first, so that the characters begin at 1.
    network = keras.Model(image, _classified(columns, classes + 1, activation=None))

    def path(logits: NDArray[np.float32]) -> Answers:
        (decoded, *_), _ = keras.ops.ctc_decode(
            logits, np.full(len(logits), logits.shape[1]), mask_index=0
        )
        found = np.full((len(logits), captcha.length), -1)
        for row, said in zip(found, np.asarray(decoded), strict=True):
            kept = said[said > 0]
            if len(kept) == captcha.length:
                row[:] = kept - 1
        return found

    yield Head(CTC, network, network, _Ctc(), False, path)


def _classified(features: keras.KerasTensor, classes: int, activation: str | None = "softmax"):  # type: ignore[no-untyped-def]
    hidden = keras.layers.Dense(WHOLE.dense, "relu")(features)
    return keras.layers.Dense(classes, activation)(hidden)


class _Ctc(keras.losses.CTC):  # type: ignore[misc]
    def call(self, codes: Answers, logits: NDArray[np.float32]) -> keras.KerasTensor:
        return super().call(keras.ops.cast(codes, "int32") + 1, logits)


def fit(head: Head, stream: Stream, steps: int, rate: float) -> float:
    """Fit for so many steps; the seconds that it took."""
    head.learner.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)),
        head.loss,
        metrics=[] if isinstance(head.loss, _Ctc) else [captcha_accuracy],
    )

    def lesson(part: DataSet) -> tuple[object, Answers]:
        return ((part.pictures, part.middles) if head.teaches else part.pictures), part.codes

    started = time.monotonic()
    with closing(stream.batches(BATCH)) as batches:
        lessons = (lesson(batch) for batch in islice(batches, steps))
        head.learner.fit(lessons, steps_per_epoch=steps, verbose=0)
    return time.monotonic() - started


@click.command()
@click.option("--captcha", default="securityimage", show_default=True, help="As for `fit`.")
@click.option("--steps", default=3000, show_default=True, help=f"Of {BATCH} captchas.")
@click.option("--teach", default=0.5, show_default=True, help="0: not.")
@click.option("--rate", default=2e-3, show_default=True, help="Of learning, at first.")
@click.option("--seed", default=1, show_default=True)
@click.option("--head", "only", type=click.Choice(HEADS), help="One of them alone.")
def main(captcha: str, steps: int, teach: float, rate: float, seed: int, only: str | None) -> None:
    """Compare the ways on one captcha, in fonts that it has not shown, if it has any."""
    kind = captcha_named(captcha)
    test = draw_set(kind.held_out(), TESTED_ON, np.random.default_rng(seed + 1000))
    click.echo("| head | captchas right | seconds | million multiply-adds |\n|---|--:|--:|--:|")
    keras.utils.set_random_seed(seed)
    for head in heads(kind, teach):
        if only not in (None, head.name):
            continue
        seconds = fit(head, Stream(kind, seed, steps * BATCH), steps, rate)
        read = head.read(head.network.predict(test.pictures, batch_size=256, verbose=0))
        right = Rate(int((read == test.codes).all(-1).sum()), TESTED_ON)
        millions = multiply_adds(head.network) / 1e6
        click.echo(f"| {head.name} | {right} | {seconds:.0f} | {millions:.0f} |")


if __name__ == "__main__":
    command_line.run(main)
