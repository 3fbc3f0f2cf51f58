"""Many files are read in order and in bounded memory, with an error for each broken one."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from capslice import Reader
from capslice.agent.reading.read_files import AHEAD, read_files
from capslice.errors import PictureError
from capslice.training.pictures import EllipseCaptcha, generate


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    made = list(generate(EllipseCaptcha(), folder, 50, np.random.default_rng(8)))
    (folder / "broken.png").write_bytes(made[0].read_bytes()[:100])
    return [*made[:20], folder / "broken.png", *made[20:], folder / "missing.png"]


@pytest.mark.parametrize(("at_once", "threads"), [(1, 2), (7, 1), (7, 3), (100, 2)])
def test_files_are_read_in_order(
    reader: Reader, files: list[Path], at_once: int, threads: int
) -> None:
    texts: list[str | None] = []
    order = []
    for batch in read_files(reader, files, at_once=at_once, threads=threads):
        readings = reader.readings(batch.probabilities)
        assert len(batch.outcomes) <= at_once
        assert len(readings) == len(batch.pictures)
        for file, outcome in batch.outcomes:
            order.append(file)
            texts.append(None if isinstance(outcome, PictureError) else readings[outcome].text)
    assert order == files
    no_pictures = ("broken", "missing")
    labels = [None if f.stem in no_pictures else f.stem.partition("-")[0] for f in files]
    assert texts == labels


def test_files_are_taken_only_as_needed(reader: Reader, files: list[Path]) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        while True:
            taken += 1
            yield files[0]

    before = threading.active_count()
    batches = read_files(reader, endless(), at_once=3, threads=2)
    for _ in range(4):
        next(batches)
    assert 12 <= taken <= 3 * (4 + AHEAD * 2)
    batches.close()
    assert threading.active_count() == before


def test_threads_do_not_change_the_warning_filters(reader: Reader, files: list[Path]) -> None:
    before = list(warnings.filters)
    for _ in range(5):
        list(read_files(reader, files, at_once=1, threads=8))
    assert list(warnings.filters) == before


def test_no_files(reader: Reader) -> None:
    assert list(read_files(reader, [])) == []
