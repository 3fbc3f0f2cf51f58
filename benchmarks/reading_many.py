"""Reading many picture files, from a folder on disk to texts."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measure import Finding, Growth, Table, grow, interleave
from capslice import Reader
from capslice.agent.reading.read_files import read_files
from capslice.agent.reading.reader import AT_ONCE
from capslice.training.pictures import EllipseCaptcha, generate

BATCHES = (1, 8, 32, 128)


def run(quick: bool) -> Iterator[Finding]:
    """PNG files of the article's captcha, in the system's cache."""
    count = 500 if quick else 10_000
    cores = os.cpu_count() or 1
    reader = Reader()
    with TemporaryDirectory() as folder:
        files = list(generate(EllipseCaptcha(), Path(folder), count, np.random.default_rng(6)))
        yield interleave(
            "files",
            (f"a file of {count:,}, by `read_files`", lambda: read_all(reader, files)),
            ("a file after the other", lambda: [reader.read(reader.open(file)) for file in files]),
            3,
            pieces=count,
        )
        if quick:
            return
        growths = {
            threads: grow(
                f"on {threads} threads",
                "files at once",
                BATCHES,
                lambda at_once, threads=threads: read_all(reader, files, at_once, threads),
                3,
            )
            for threads in sorted({1, cores})
        }
        yield Table(
            ("files at once", *(growth.what for growth in growths.values())),
            [
                (str(at_once), *(rate(growth, place, count) for growth in growths.values()))
                for place, at_once in enumerate(BATCHES)
            ],
        )
        yield "Captchas a second: the median of 3 runs through all files, and the worst and best."
        yield grow("read", "files", (100, 1000, 10_000), lambda n: read_all(reader, files[:n]), 3)
        yield limit(reader, files[:1000], cores)


def read_all(
    reader: Reader, files: Sequence[Path], at_once: int = AT_ONCE, threads: int | None = None
) -> None:
    """Read them, and let them go."""
    batches = read_files(reader, files, at_once=at_once, threads=threads)
    deque((reader.readings(batch.probabilities) for batch in batches), maxlen=0)


def rate(growth: Growth, place: int, count: int) -> str:
    """Captchas a second."""
    slowest, middle, fastest = np.quantile(count / growth.seconds[place], (0, 0.5, 1))
    return f"{middle:,.0f} ({slowest:,.0f} to {fastest:,.0f})"


def limit(reader: Reader, files: Sequence[Path], cores: int) -> str:
    """How much of it is decoding."""
    pictures = np.stack([reader.open(file) for file in files])
    parts = interleave(
        "parts",
        ("decoding", lambda: [reader.open(file) for file in files]),
        ("the network", partial(reader.probabilities, pictures)),
        5,
        pieces=len(files),
    )
    decoding, network = np.median(parts.seconds, axis=0) * 1000
    most = cores * 1000 / (decoding + network)
    return (
        f"What limits it: of a file's time on one thread, {network:.2f} ms are the network's "
        f"arithmetic and {decoding:.2f} opening and decoding the file. {cores} cores that did "
        f"nothing else would read {most:,.0f} a second; what is missing to that is Python's lock, "
        "which Pillow holds while it parses a file, and lets go of while it decodes."
    )
