"""Streams of fresh pictures, drawn in other processes while a network learns.

Batch i of a stream depends only on the seed and on i. So neither the number of workers nor the
start of the stream matters, and an interrupted fit continues with the same pictures.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from threading import Thread

import numpy as np

from capslice.training.pictures.augmentation import Pool
from capslice.training.pictures.captcha import Captcha
from capslice.training.pictures.dataset import DataSet, draw_set
from capslice.training.pictures.mixture import Mixture

# The number of batches that are drawn ahead. The network does not notice a worker that pauses
# for less time than it takes to learn from these.
AHEAD = 16


@dataclass
class Stream:
    """An endless stream of labelled captchas, drawn afresh, augmented from a pool, or both.

    epoch:   the number of captchas that count as an epoch.
    workers: the highest number of processes that draw, by default one for each core. The first
             draws alone until a batch is late.
    taken:   how many batches `batches` has given so far.
    late:    how many of them were not ready when they were needed.
    """

    source: Captcha | Pool | Mixture
    seed: int
    epoch: int
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    taken: int = 0
    late: int = 0

    def __len__(self) -> int:
        return self.epoch

    def batch(self, size: int, index: int) -> DataSet:
        """Draw batch `index` of `size` captchas, in this process."""
        rng = np.random.default_rng((self.seed, index))
        if isinstance(self.source, Captcha):
            return draw_set(self.source, size, rng)
        return self.source.draw(size, rng)

    def portions(self, size: int = 1000) -> Iterator[DataSet]:
        """Draw one epoch in this process, in portions that fit into memory."""
        for index, first in enumerate(range(0, self.epoch, size)):
            yield self.batch(min(size, self.epoch - first), index)

    def batches(self, size: int, start: int = 0) -> Generator[DataSet]:
        """Yield batches endlessly, from number `start` on; closing it ends the workers."""
        with ExitStack() as stack:
            workers = [self._worker(size, stack)]
            newest = start  # the first batch of the newest worker
            drawing: deque[Future[DataSet]] = deque()
            for index in count(start):
                drawing.append(workers[index % len(workers)].submit(_draw, index))
                if len(drawing) <= AHEAD:
                    continue
                # The first batch is always late, because its worker has just started.
                if self.taken > 0 and not drawing[0].done():
                    self.late += 1
                    # Batches from before the newest worker do not show yet whether it suffices.
                    if len(workers) < self.workers and index - newest > 2 * AHEAD:
                        workers.append(self._worker(size, stack))
                        newest = index + 1
                self.taken += 1
                yield drawing.popleft().result()

    def _worker(self, size: int, stack: ExitStack) -> ProcessPoolExecutor:
        """Start a process that draws batches of `size`; `stack` ends it."""
        # A forked process would copy the threads of TensorFlow in an unknown state.
        context = multiprocessing.get_context("spawn")
        worker = ProcessPoolExecutor(1, context, _init_worker, (self, size))
        stack.callback(worker.shutdown, cancel_futures=True)
        return worker


_stream: Stream
_size: int


def _init_worker(stream: Stream, size: int) -> None:
    """Prepare this process to draw batches. It ignores Ctrl-C, which is meant for the fit."""
    global _stream, _size
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_exit_with_parent, daemon=True).start()
    _stream, _size = stream, size


def _exit_with_parent() -> None:
    """Exit when the parent dies; a worker of a killed parent would wait for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _draw(index: int) -> DataSet:
    return _stream.batch(_size, index)
