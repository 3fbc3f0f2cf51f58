"""Reading many picture files, from a folder on disk to texts."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measure import Finding, Growth, Table, compare, measure_growth
from capslice import Reader
from capslice.agent.reading.read_files import read_files
from capslice.agent.reading.reader import AT_ONCE
from capslice.training.pictures import EllipseCaptcha, generate

BATCHES = (1, 8, 32, 128)


def run(quick: bool) -> Iterator[Finding]:
    """Read PNG files of the article's captcha from the system's cache."""
    count = 500 if quick else 10_000
    cores = os.cpu_count() or 1
    reader = Reader()
    with TemporaryDirectory() as folder:
        files = list(generate(EllipseCaptcha(), Path(folder), count, np.random.default_rng(6)))
        yield compare(
            "files",
            (f"a file of {count:,}, with `read_files`", lambda: read_all(reader, files)),
            ("a file after the other", lambda: [reader.read(reader.open(file)) for file in files]),
            3,
            pieces=count,
        )
        if quick:
            return
        growths = {
            threads: measure_growth(
                f"{threads} threads" if threads > 1 else "1 thread",
                "files at once",
                BATCHES,
                lambda at_once, threads=threads: read_all(reader, files, at_once, threads),
                3,
            )
            for threads in sorted({1, cores})
        }
        yield Table(
            ("files at once", *(growth.name for growth in growths.values())),
            [
                (str(at_once), *(rates(growth, index, count) for growth in growths.values()))
                for index, at_once in enumerate(BATCHES)
            ],
        )
        yield (
            "Captchas per second: the median of 3 runs through all files, and the worst and best."
        )
        yield measure_growth(
            "read", "files", (100, 1000, 10_000), lambda n: read_all(reader, files[:n]), 3
        )
        yield explain_limit(reader, files[:1000], cores)


def read_all(
    reader: Reader, files: Sequence[Path], at_once: int = AT_ONCE, threads: int | None = None
) -> None:
    """Read files, and throw the readings away."""
    batches = read_files(reader, files, at_once=at_once, threads=threads)
    deque((reader.readings(batch.probabilities) for batch in batches), maxlen=0)


def rates(growth: Growth, index: int, count: int) -> str:
    """Format the captchas per second: median, slowest and fastest."""
    slowest, median, fastest = np.quantile(count / growth.seconds[index], (0, 0.5, 1))
    return f"{median:,.0f} ({slowest:,.0f} to {fastest:,.0f})"


def explain_limit(reader: Reader, files: Sequence[Path], cores: int) -> str:
    """Compare the time of a file with that of decoding it."""
    pictures = np.stack([reader.open(file) for file in files])
    parts = compare(
        "parts",
        ("decoding", lambda: [reader.open(file) for file in files]),
        ("the network", partial(reader.probabilities, pictures)),
        5,
        pieces=len(files),
    )
    decoding, network = np.median(parts.seconds, axis=0) * 1000
    possible = cores * 1000 / (decoding + network)
    return (
        f"The limit: on one thread, a file takes {network:.2f} ms of the network's arithmetic and "
        f"{decoding:.2f} ms to open and decode. {cores} cores that did nothing else would read "
        f"{possible:,.0f} per second. They lose the difference to Python's global lock, which "
        "Pillow holds while it parses a file and releases while it decodes."
    )
