"""The pictures of a fit: a stream of drawn captchas, a pool of them, or labelled pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import numpy as np

from capslice.errors import DataSetError
from capslice.training.fitting.recipe import Parts
from capslice.training.pictures import (
    Captcha,
    DataSet,
    Evidence,
    Mixture,
    Pool,
    Stream,
    captcha_named,
    divide,
    draw_set,
    joined,
)

Watch = Callable[[Iterable[DataSet], int], Iterable[DataSet]]
Other = tuple[Pool | Captcha, float]  # pictures beside the labelled ones; their share of a batch

POOL_BATCH = 64  # captchas of a pool that a worker draws in one piece
# The share of a pool's captchas that are augmented: enough that the network learns none by heart.
# The others look like the real ones, which in small pictures is what tells an o from a q.
AUGMENTED = 0.5
GUESSED_SHARE = 0.25  # of a batch: sure readings, which may be wrong


@dataclass(frozen=True)
class DataSource:
    """A captcha and its pictures, to be split into training, validation and test parts.

    pictures: labelled pictures, if there are any.
    count:    the captchas to draw where there are none; with `augment`, pictures in an epoch.
    split:    the proportions of the three parts.
    stream:   draw the training part anew in each epoch.
    pool:     draw so many captchas once, and augment half of them each time that they are shown.
    augment:  augment the labelled pictures each time that they are shown.
    others:   what else is in each batch beside the labelled pictures, with its share.
    by_time:  take the last labelled pictures for the validation and test parts, not random ones.
    watch:    wraps the batches of a pool, for a progress bar; it is given their number as well.
    """

    captcha: Captcha
    pictures: DataSet | None
    count: int
    split: tuple[int, ...] = (8, 1, 1)
    stream: bool = True
    pool: int | None = None
    augment: bool = False
    others: tuple[Other, ...] = ()
    by_time: bool = False
    watch: Watch = lambda batches, _: batches

    def parts(self, seed: int) -> Parts:
        """Split the pictures once. Raises DataSetError where a part would be empty."""
        rng = np.random.default_rng(seed)
        if self.pictures:
            order = None if self.by_time else rng
            return self._mixed(Parts(*self.pictures.split(order, self.split)), seed)
        training, *others = divide(self.count, self.split)
        if not (self.stream or self.pool):
            return Parts(*draw_set(self.captcha, self.count, rng).split(rng, self.split))
        held_out = self.captcha.held_out()
        validation, test = (draw_set(held_out, count, rng) for count in others)
        if self.pool:
            pool = Pool(draw_pool(self.captcha, seed, self.pool, self.watch), AUGMENTED)
            return Parts(Stream(pool, seed, training), validation, test)
        return Parts(Stream(self.captcha, seed, training), validation, test)

    def folds(self, seed: int, count: int) -> Iterator[Parts]:
        """Split the pictures `count` times, so that each picture is in one test part.

        Raises DataSetError where the pictures are drawn.
        """
        if self.pictures is None:
            raise DataSetError("--cross-validation needs labelled pictures: give --data")
        rng = np.random.default_rng(seed)
        for rest, fold in self.pictures.folds(rng, count):
            training, validation = rest.split(rng, self.split[:2])
            yield self._mixed(Parts(training, validation, fold), seed)

    def _mixed(self, parts: Parts, seed: int) -> Parts:
        """The same parts, with a training part that is augmented, or mixed with others."""
        if not isinstance(parts.training, DataSet) or not (self.augment or self.others):
            return parts
        pool = Pool(parts.training, 1.0 if self.augment else 0.0)
        source = Mixture(pool, self.others) if self.others else pool
        return parts._replace(training=Stream(source, seed, self.count))


def draw_pool(
    captcha: Captcha, seed: int, count: int, watch: Watch = lambda batches, _: batches
) -> DataSet:
    """Draw `count` captchas in other processes, and pass their batches through `watch`."""
    stream, total = Stream(captcha, seed, count), -(-count // POOL_BATCH)
    with closing(stream.batches(POOL_BATCH)) as batches:
        return joined(list(watch(islice(batches, total), total))).subset(np.arange(count))


def of_evidence(evidence: Evidence, rejected_share: float) -> list[Other]:
    """What a fit learns from a site's evidence beside the labels."""
    others: list[Other] = []
    if evidence.rejected and rejected_share:
        others.append((Pool(evidence.rejected), rejected_share))
    if evidence.guessed:
        others.append((Pool(evidence.guessed), GUESSED_SHARE))
    return others


def general_drawings(captcha: Captcha) -> Captcha:
    """General captchas to mix with pictures of `captcha`, which begins with the same characters.

    Raises DataSetError where the size or the characters differ.
    """
    general = captcha_named("general")
    if captcha.size != general.size or not captcha.charset.startswith(general.charset):
        raise DataSetError(
            "general drawings are mixed only with pictures in the size of `general`, for a network "
            "that reads all its characters: give --warm-start general, or no --general-share"
        )
    return general
