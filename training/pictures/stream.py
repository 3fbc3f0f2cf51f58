"""Fresh pictures without end, drawn or varied in processes of their own while a network learns.

Batch i of a stream depends on the seed and on i alone: not on how many workers
there are, and not on where the stream begins, so that an interrupted fit goes on
with the pictures that it would have seen.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Thread

import numpy as np

from capslice.training.pictures.augmentation import Pool
from capslice.training.pictures.captcha import Captcha
from capslice.training.pictures.dataset import DataSet, draw_set

# How many batches are drawn ahead: a hiccup of the worker shorter than the time in
# which a network learns from these is not felt.
AHEAD = 16


@dataclass
class Stream:
    """Fresh labelled captchas, the same for the same seed; `epoch` of them are called an epoch.

    They are drawn, or those of a pool, varied. During or after a run, `late` is how many of
    the `taken` batches were not yet there when they were asked for.
    """

    source: Captcha | Pool
    seed: int
    epoch: int
    workers: int = 1
    taken: int = 0
    late: int = 0

    def __len__(self) -> int:
        return self.epoch

    def batch(self, size: int, index: int) -> DataSet:
        """Batch `index` of `size` captchas, drawn here and now."""
        rng = np.random.default_rng((self.seed, index))
        if isinstance(self.source, Pool):
            return self.source.draw(size, rng)
        return draw_set(self.source, size, rng)

    def portions(self, size: int = 1000) -> Iterator[DataSet]:
        """One epoch, drawn here, in portions that fit into memory: to judge by."""
        for index, first in enumerate(range(0, self.epoch, size)):
            yield self.batch(min(size, self.epoch - first), index)

    def batches(self, size: int, start: int = 0) -> Generator[DataSet]:
        """Batches from number `start` on, without end; close the iterator to stop the workers."""
        # A fork would copy the threads of TensorFlow in an unknown state.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.workers, context, _work, (self, size)) as pool:
            try:
                drawing: deque[Future[DataSet]] = deque()
                for index in count(start):
                    drawing.append(pool.submit(_draw, index))
                    if len(drawing) <= AHEAD:
                        continue
                    # The first is always waited for: its worker is just starting.
                    self.late += self.taken > 0 and not drawing[0].done()
                    self.taken += 1
                    yield drawing.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)


_stream: Stream
_size: int


def _work(stream: Stream, size: int) -> None:
    """Make this process a worker of `stream`; Ctrl-C is for the process that fits."""
    global _stream, _size
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_fit, daemon=True).start()
    _stream, _size = stream, size


def _end_with_the_fit() -> None:
    """Killed, it tells nobody, and a worker would wait for the next batch for ever."""
    if fits := multiprocessing.parent_process():
        fits.join()
        os._exit(1)


def _draw(index: int) -> DataSet:
    return _stream.batch(_size, index)
