"""Reads many picture files with one reader: on all cores, in order, in bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.agent.reading.reader import AT_ONCE, Reader
from capslice.errors import PictureError
from capslice.models.pictures import content_of

AHEAD = 2  # batches in progress or waiting, for each thread


class Batch(NamedTuple):
    """The results of some consecutive files.

    pictures:      uint8 (n, height, width), the files that could be read; of a moving picture, the
                   view with the surest reading.
    probabilities: float32 (n, length, classes), the reader's output for them.
    outcomes:      for every file, its index in `pictures`, or the error.
    """

    pictures: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    outcomes: list[tuple[Path, int | PictureError]]


def read_files(
    reader: Reader, files: Iterable[Path], *, at_once: int = AT_ONCE, threads: int | None = None
) -> Iterator[Batch]:
    """Read all files in batches of `at_once`, with one thread for each core by default.

    Threads suffice, because decoding and inference release Python's global lock.

    Raises ModelError if the network cannot be run.
    """
    threads = threads or os.cpu_count() or 1
    waiting: deque[Future[Batch]] = deque()
    rest = iter(files)
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                while len(waiting) < AHEAD * threads and (batch := list(islice(rest, at_once))):
                    waiting.append(pool.submit(_read, reader, batch))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _read(reader: Reader, files: list[Path]) -> Batch:
    views = [np.empty((0, reader.card.height, reader.card.width), np.uint8)]
    outcomes: list[tuple[Path, int | PictureError]] = []
    for file in files:
        try:
            views.append(reader.views(content_of(file), str(file)))
        except PictureError as error:
            outcomes.append((file, error))
        else:
            outcomes.append((file, len(views) - 2))
    pictures = np.concatenate(views)
    probabilities = reader.probabilities(pictures)
    ends = np.cumsum([len(each) for each in views])
    surest = [
        start + int(reader.decoder.confidences(probabilities[start:end]).argmax())
        if end > start + 1
        else start
        for start, end in pairwise(ends.tolist())
    ]
    return Batch(pictures[surest], probabilities[surest], outcomes)
