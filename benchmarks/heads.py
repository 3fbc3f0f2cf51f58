"""`python -m benchmarks.heads`: compares ways to get from a picture's columns to its characters.

All use the same trunk (training/networks/trunk.py) and the same number of steps: attention for each
position with one classifier for all, as in the whole-picture network; a classifier for each
position that sees all columns at once; and connectionist temporal classification (CTC; Graves et
al., ICML 2006), where each column gives a character or none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from capslice import command_line
from capslice.models.intervals import Rate
from capslice.training.pictures import Captcha, DataSet, Stream, captcha_named, draw_set
from capslice.training.tensorflow import prepare_tensorflow

prepare_tensorflow()

import keras

from capslice.training.fitting.recipe import captcha_accuracy
from capslice.training.networks.reader import multiply_adds
from capslice.training.networks.shape import WHOLE
from capslice.training.networks.trunk import trunk
from capslice.training.networks.whole import Attention, supervise_attention, with_context

BATCH = 64
TESTS = 5000
HEADS = ATTENTION, SUPERVISED, PER_POSITION, CTC = (
    "attention",
    "attention, supervised",
    "a classifier for each position",
    "CTC",
)

Codes = NDArray[np.int64]


class Head(NamedTuple):
    """A network with one of the heads.

    learner: the model to fit, which shares its weights with `network`.
    decode:  from the network's output to codes (n, length).
    """

    name: str
    network: keras.Model
    learner: keras.Model
    loss: keras.losses.Loss
    decode: Callable[[NDArray[np.float32]], Codes]


def heads(captcha: Captcha, supervision: float) -> Iterator[Head]:
    """Build one head after the other; supervised attention only if its weight is above 0."""
    classes, (slices, *_) = len(captcha.charset), captcha.slicings.values()
    middles = [(left + right) / 2 for left, right in slices]
    cross_entropy = keras.losses.SparseCategoricalCrossentropy()

    def most_probable(probabilities: NDArray[np.float32]) -> Codes:
        return probabilities.argmax(-1)

    for weight in (0.0, supervision) if supervision else (0.0,):
        image, columns = trunk(captcha.size, WHOLE.filters)
        keys = with_context(columns, WHOLE.context_features)
        characters, _ = Attention(middles, captcha.size[0])(columns, keys)
        network = keras.Model(image, _classified(characters, classes))
        learner = supervise_attention(network, weight) if weight else network
        name = SUPERVISED if weight else ATTENTION
        yield Head(name, network, learner, cross_entropy, most_probable)

    image, columns = trunk(captcha.size, WHOLE.filters)
    all_columns = keras.layers.Dense(WHOLE.dense, "relu")(keras.layers.Flatten()(columns))
    logits = keras.layers.Dense(captcha.length * classes)(all_columns)
    each = keras.layers.Softmax()(keras.layers.Reshape((captcha.length, classes))(logits))
    network = keras.Model(image, each)
    yield Head(PER_POSITION, network, network, cross_entropy, most_probable)

    image, columns = trunk(captcha.size, WHOLE.filters)
    # For Keras, class 0 is the blank, so the characters start at 1.
    network = keras.Model(image, _classified(columns, classes + 1, activation=None))

    def decode_ctc(logits: NDArray[np.float32]) -> Codes:
        (decoded, *_), _ = keras.ops.ctc_decode(
            logits, np.full(len(logits), logits.shape[1]), mask_index=0
        )
        codes = np.full((len(logits), captcha.length), -1)
        for row, path in zip(codes, np.asarray(decoded), strict=True):
            characters = path[path > 0]
            if len(characters) == captcha.length:
                row[:] = characters - 1
        return codes

    yield Head(CTC, network, network, _Ctc(), decode_ctc)


def _classified(features: Any, classes: int, activation: str | None = "softmax") -> Any:
    hidden = keras.layers.Dense(WHOLE.dense, "relu")(features)
    return keras.layers.Dense(classes, activation)(hidden)


class _Ctc(keras.losses.CTC):  # type: ignore[misc]
    def call(self, codes: Codes, logits: NDArray[np.float32]) -> Any:
        return super().call(keras.ops.cast(codes, "int32") + 1, logits)


def fit(head: Head, stream: Stream, steps: int, rate: float) -> float:
    """Fit for `steps` steps, with a learning rate that starts at `rate`; return the seconds."""
    head.learner.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)),
        head.loss,
        metrics=[] if isinstance(head.loss, _Ctc) else [captcha_accuracy],
    )
    supervised = head.learner is not head.network

    def inputs_and_labels(part: DataSet) -> tuple[object, Codes]:
        return ((part.pictures, part.middles) if supervised else part.pictures), part.codes

    started = time.monotonic()
    with closing(stream.batches(BATCH)) as batches:
        pairs = (inputs_and_labels(batch) for batch in islice(batches, steps))
        head.learner.fit(pairs, steps_per_epoch=steps, verbose=0)
    return time.monotonic() - started


@click.command()
@click.option(
    "--captcha", default="securityimage", show_default=True, help="Captcha, as in `capslice fit`."
)
@click.option(
    "--steps", default=3000, show_default=True, help=f"Number of steps, of {BATCH} captchas each."
)
@click.option(
    "--attention-supervision",
    default=0.5,
    show_default=True,
    help="Weight of the attention's loss; 0 leaves out supervised attention.",
)
@click.option("--rate", default=2e-3, show_default=True, help="Learning rate at the start.")
@click.option("--seed", default=1, show_default=True, help="Seed of weights and pictures.")
@click.option("--head", "only", type=click.Choice(HEADS), help="Fit only this head.")
def main(
    captcha: str,
    steps: int,
    attention_supervision: float,
    rate: float,
    seed: int,
    only: str | None,
) -> None:
    """Compare the heads on one captcha, in held-out fonts if it has any."""
    kind = captcha_named(captcha)
    test = draw_set(kind.held_out(), TESTS, np.random.default_rng(seed + 1000))
    click.echo("| head | captchas right | seconds | million multiply-adds |\n|---|--:|--:|--:|")
    keras.utils.set_random_seed(seed)
    for head in heads(kind, attention_supervision):
        if only not in (None, head.name):
            continue
        seconds = fit(head, Stream(kind, seed, steps * BATCH), steps, rate)
        read = head.decode(head.network.predict(test.pictures, batch_size=256, verbose=0))
        right = Rate(int((read == test.codes).all(-1).sum()), TESTS)
        millions = multiply_adds(head.network) / 1e6
        click.echo(f"| {head.name} | {right} | {seconds:.0f} | {millions:.0f} |")


if __name__ == "__main__":
    command_line.run(main)
