"""`python -m benchmarks.lengths`: compares ways to read texts of several lengths.

All have the same trunk, the same pictures and the same number of steps: positions with an end,
where attention gives each position a character or the end; CTC from the first step; and CTC after
the columns were supervised, as the column network is fitted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from capslice import command_line
from capslice.models.decoding import Decoder
from capslice.models.intervals import Rate
from capslice.training.pictures import PAD, Captcha, DataSet, Stream, captcha_named, draw_set
from capslice.training.tensorflow import prepare_tensorflow

prepare_tensorflow()

import keras

from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.column_loss import column_labels
from capslice.training.networks.reader import build_reader, multiply_adds
from capslice.training.networks.shape import COLUMNS, WHOLE
from capslice.training.networks.whole import supervise_attention

BATCH = 64
TESTS = 5000
WAYS = POSITIONS, CTC, SUPERVISED = (
    "positions with an end",
    "CTC from the first step",
    "supervised columns, then CTC",
)
Inputs = Callable[[DataSet], tuple[Any, NDArray[np.int64]]]


def positions_with_end(captcha: Captcha, steps: int) -> tuple[keras.Model, keras.Model, Inputs]:
    """The reader, the model to fit, and what it is fitted to. The end is the last class."""
    classes = len(captcha.charset)
    shape = replace(WHOLE, filters=COLUMNS.filters, blocks=COLUMNS.blocks, residual=True)
    slices = captcha.slicings["even"]
    reader = build_reader(captcha.size, slices, classes + 1, shape, "whole")
    recipe = Recipe.usual("whole").model_copy(update={"shape": shape, "epochs": 1})
    learner = supervise_attention(reader, recipe.attention_supervision)
    recipe.compile(learner, steps)

    def inputs(part: DataSet) -> tuple[Any, NDArray[np.int64]]:
        # Positions after the end look at the right edge.
        middles = np.nan_to_num(np.array(part.middles), nan=captcha.size[0])
        return (part.pictures, middles), np.where(part.codes == PAD, classes, part.codes)

    return reader, learner, inputs


def columns(
    captcha: Captcha, steps: int, ctc_from: float
) -> tuple[keras.Model, keras.Model, Inputs]:
    """The column network, which is the model to fit, and what it is fitted to."""
    reader = build_reader(captcha.size, (), len(captcha.charset), COLUMNS, "columns")
    update = {"epochs": 1, "ctc_from": ctc_from}
    update |= {} if ctc_from else {"column_supervision": 0.0}
    Recipe.usual("columns").model_copy(update=update).compile(reader, steps)
    width, count = captcha.size[0], reader.output_shape[1]
    return (
        reader,
        reader,
        lambda part: (part.pictures, column_labels(part.codes, part.middles, width, count)),
    )


def read(way: str, captcha: Captcha, probabilities: NDArray[np.float32]) -> list[str]:
    """The texts; with positions, what stands before the first end."""
    if way != POSITIONS:
        decoder = Decoder(captcha.charset, captcha.shortest, captcha.length, ctc=True)
        return [each.text for each in decoder.decode(probabilities)]
    classes = [*captcha.charset, "\0"]
    texts = ("".join(classes[k] for k in row) for row in probabilities.argmax(-1))
    return [text.partition("\0")[0] for text in texts]


@click.command()
@click.option("--captcha", default="letters", show_default=True, help="Captcha of several lengths.")
@click.option("--steps", default=1500, show_default=True, help=f"Steps, of {BATCH} captchas each.")
@click.option("--seed", default=1, show_default=True, help="Seed of weights and pictures.")
@click.option("--way", "only", type=click.Choice(WAYS), help="Try only this way.")
def main(captcha: str, steps: int, seed: int, only: str | None) -> None:
    """Compare the ways on one captcha."""
    kind = captcha_named(captcha)
    test = draw_set(kind.held_out(), TESTS, np.random.default_rng(seed + 1000))
    click.echo("| way | captchas right | seconds | million multiply-adds |\n|---|--:|--:|--:|")
    for way in WAYS if only is None else (only,):
        keras.utils.set_random_seed(seed)
        if way == POSITIONS:
            reader, learner, inputs = positions_with_end(kind, steps)
        else:
            reader, learner, inputs = columns(kind, steps, 0.4 if way == SUPERVISED else 0.0)
        started = time.monotonic()
        with closing(Stream(kind, seed, steps * BATCH).batches(BATCH)) as batches:
            pairs = (inputs(batch) for batch in islice(batches, steps))
            learner.fit(pairs, steps_per_epoch=steps, verbose=0)
        seconds = time.monotonic() - started
        texts = read(way, kind, reader.predict(test.pictures, batch_size=256, verbose=0))
        right = Rate(sum(map(str.__eq__, texts, test.texts)), TESTS)
        click.echo(f"| {way} | {right} | {seconds:.0f} | {multiply_adds(reader) / 1e6:.0f} |")


if __name__ == "__main__":
    command_line.run(main)
