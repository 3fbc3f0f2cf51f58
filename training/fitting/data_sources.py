"""Where the pictures of a fit come from: drawn afresh, drawn once, or labelled by somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import numpy as np

from capslice.errors import DataSetError
from capslice.training.fitting.recipe import Parts
from capslice.training.pictures import Captcha, DataSet, Pool, Stream, divide, draw_set, joined

Watch = Callable[[Iterable[DataSet], int], Iterable[DataSet]]

AT_ONCE = 64  # captchas of a pool that are drawn in one piece of work
# The share of a pool's captchas that are varied: enough for none to be learned by heart. The others
# are as those that will be read, which in small ones is what tells an o from a q.
VARIED = 0.5


@dataclass(frozen=True)
class Source:
    """A captcha, and how the parts to learn from and to judge by are made.

    Of `pictures` that are there, or of `count` that are drawn: anew in each epoch if they come
    as a `stream`, or `pool` of them once, of which half are varied each time that they are shown.
    Those that are there are shown `count` an epoch, each time varied, if they are to `vary`.
    """

    captcha: Captcha
    pictures: DataSet | None
    count: int
    shares: tuple[int, ...] = (8, 1, 1)
    stream: bool = True
    pool: int | None = None
    vary: bool = False
    watch: Watch = lambda batches, _: batches

    def parts(self, seed: int) -> Parts:
        """One split. Raises DataSetError where a part would be empty."""
        rng = np.random.default_rng(seed)
        if self.pictures:
            return self._varied(Parts(*self.pictures.split(rng, self.shares)), seed)
        learned, *judged = divide(self.count, self.shares)
        if not (self.stream or self.pool):
            return Parts(*draw_set(self.captcha, self.count, rng).split(rng, self.shares))
        unseen = self.captcha.held_out()
        validation, test = (draw_set(unseen, part, rng) for part in judged)
        if self.pool:
            pool = Pool(drawn(self.captcha, seed, self.pool, self.watch), VARIED)
            return Parts(Stream(pool, seed, learned), validation, test)
        return Parts(Stream(self.captcha, seed, learned), validation, test)

    def folds(self, seed: int, count: int) -> Iterator[Parts]:
        """As many splits, so that each picture is judged by once.

        Raises DataSetError where they are drawn.
        """
        if self.pictures is None:
            raise DataSetError("--folds are of pictures that are there: give --data")
        rng = np.random.default_rng(seed)
        for rest, fold in self.pictures.folds(rng, count):
            training, validation = rest.split(rng, self.shares[:2])
            yield self._varied(Parts(training, validation, fold), seed)

    def _varied(self, parts: Parts, seed: int) -> Parts:
        if not (self.vary and isinstance(parts.training, DataSet)):
            return parts
        return parts._replace(training=Stream(Pool(parts.training), seed, self.count))


def drawn(
    captcha: Captcha, seed: int, count: int, watch: Watch = lambda batches, _: batches
) -> DataSet:
    """`count` captchas, drawn in two processes; `watch` is told of each batch, and how many."""
    stream, total = Stream(captcha, seed, count, workers=2), -(-count // AT_ONCE)
    with closing(stream.batches(AT_ONCE)) as batches:
        return joined(list(watch(islice(batches, total), total))).subset(np.arange(count))
