"""Fitting, until the digits of all six slices are read as well as the article's first: 0.998.

The article's recipe is a network a slice, 1,000 pictures again and again, for as many epochs as
it takes, at most his 40; ours is one network for all slices, and pictures drawn as it learns. Both
are judged after each epoch on the same captchas, which neither learns from; that is not timed. His
fourth slice is too narrow for his network, so the slices are of one width.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np

from benchmarks.measure import Finding, Skipped, Table, grow
from capslice.training.experiments.rows import FIRST, STREAMED
from capslice.training.fitting.fit import fit
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.pictures import DataSet, EllipseCaptcha, Stream, draw_set

GOAL = 0.998
SEEDS = (1,)
JUDGED_BY = 4000
HIS_PICTURES, HIS_EPOCHS = 1000, 40


def run(quick: bool) -> Iterator[Finding]:
    """Raises Skipped where it should be quick."""
    if quick:
        raise Skipped("it takes minutes")
    captcha = EllipseCaptcha()
    judged_by = draw_set(captcha, JUDGED_BY, np.random.default_rng(99))
    his = FIRST.recipe.model_copy(update={"slices": "equal", "epochs": HIS_EPOCHS})
    ours = STREAMED.recipe
    rows = []
    for seed in SEEDS:
        drawn = draw_set(captcha, HIS_PICTURES, np.random.default_rng(seed))
        slices = [
            until_good(captcha, drawn, judged_by, recipe_of(his, seed, (position,)))
            for position in range(captcha.length)
        ]
        stream = Stream(captcha, seed, STREAMED.pictures)
        (one,) = [until_good(captcha, stream, judged_by, recipe_of(ours, seed, None))]
        together = sum(each.seconds for each in slices)
        missed = sum(not each.reached for each in slices)
        rows.append(
            (
                str(seed),
                f"{one.seconds:.0f} s, {one}",
                f"{together:.0f} s, " + ", ".join(map(str, slices)),
                f"{'at most ' * (missed > 0)}{one.seconds / together:.3f}",
            )
        )
    yield Table(("seed", "ours", "the article's, by slice", "ratio"), rows)
    yield (
        f"A star is a slice that was not read at {GOAL} within {HIS_EPOCHS} epochs, so that the "
        f"article's recipe would take longer than what is counted. Judged on {JUDGED_BY:,} "
        "captchas, seed 99."
    )
    yield grow(
        "one epoch of ours",
        "captchas",
        (640, 1280, 2560),
        lambda count: an_epoch(captcha, count, ours),
        3,
    )
    yield (
        "What limits it is arithmetic: a step of the fit is some three times the products of as "
        "many readings, forward and back, and the drawing goes on beside it on the other core."
    )


@dataclass
class Reached:
    """How long a fit took until it was good, or all of it."""

    seconds: float = 0.0
    epochs: int = 0
    reached: bool = False

    def __str__(self) -> str:
        return f"{self.epochs} epochs{'' if self.reached else '*'}"


class UntilGood(keras.callbacks.Callback):
    """Ends a fit once each of its digits is read right often enough; judging is not timed."""

    def __init__(self, judged_by: DataSet, recipe: Recipe) -> None:
        super().__init__()
        self.pictures, self.codes = judged_by.pictures, recipe.labels(judged_by.codes)
        self.result = Reached()

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        """Start the clock."""
        self.begun = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        """Stop it, and judge."""
        self.result.seconds += time.perf_counter() - self.begun
        self.result.epochs = epoch + 1
        read = self.model.predict(self.pictures, batch_size=256, verbose=0).argmax(-1)
        self.result.reached = bool(((read == self.codes).mean(0) >= GOAL).all())
        self.model.stop_training = self.result.reached


def recipe_of(recipe: Recipe, seed: int, positions: tuple[int, ...] | None) -> Recipe:
    """The same with another seed, for some of the digits."""
    return recipe.model_copy(update={"seed": seed, "positions": positions})


def until_good(
    captcha: EllipseCaptcha, training: DataSet | Stream, judged_by: DataSet, recipe: Recipe
) -> Reached:
    """Fit until it is good, at most as long as the recipe says."""
    few = DataSet(judged_by.pictures[:32], judged_by.codes[:32], judged_by.charset)
    judge = UntilGood(judged_by, recipe)
    with TemporaryDirectory() as folder:
        fit(captcha, Parts(training, few, few), recipe, Path(folder, "fit"), callbacks=[judge])
    return judge.result


def an_epoch(captcha: EllipseCaptcha, count: int, recipe: Recipe) -> None:
    """What it costs, with the building of the network before it."""
    few = draw_set(captcha, 32, np.random.default_rng(1))
    once = recipe.model_copy(update={"epochs": 1})
    with TemporaryDirectory() as folder:
        fit(captcha, Parts(Stream(captcha, 1, count), few, few), once, Path(folder, "fit"))
