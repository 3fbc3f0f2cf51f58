"""A picture that is varied shows what it showed, where one is told, and never twice the same."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from capslice.training.pictures import DataSet, Pool, Stream
from capslice.training.pictures.augmentation import Rubber

WIDTH, HEIGHT = 120, 40


def bars(middles: NDArray[np.float64]) -> DataSet:
    """White pictures, each with dark bars down the whole of it, five pixels wide."""
    pictures = np.full((len(middles), HEIGHT, WIDTH), 255, np.uint8)
    for picture, row in zip(pictures, middles, strict=True):
        for middle in row:
            picture[:, int(middle) - 2 : int(middle) + 3] = 0
    codes = np.arange(len(middles))[:, np.newaxis].repeat(middles.shape[1], axis=1)
    return DataSet(pictures, codes, "abcdefgh"[: len(middles)], middles)


@pytest.fixture
def data(rng: np.random.Generator) -> DataSet:
    return bars(np.stack([rng.uniform(25, 50, 6), rng.uniform(70, 95, 6)], axis=1))


def test_what_is_where_is_known_of_what_is_bent(data: DataSet, rng: np.random.Generator) -> None:
    assert data.middles is not None
    for picture, middles in zip(data.pictures, data.middles, strict=True):
        rubber = Rubber.bent(picture.shape, rng)
        halfway = np.asarray(rubber.pulled(picture))[HEIGHT // 2].astype(float)
        for middle in rubber.moved(middles):
            near = slice(max(0, round(middle) - 12), round(middle) + 12)
            ink = 255 - halfway[near]
            found = near.start + (ink * np.arange(len(ink))).sum() / ink.sum()
            assert abs(found - middle) < 2.5


def test_each_is_its_own_and_none_comes_twice(data: DataSet) -> None:
    drawn = Pool(data).draw(60, np.random.default_rng(1))
    assert {*drawn.codes[:, 0]} == {*range(6)}
    assert len(np.unique(drawn.pictures, axis=0)) == 60
    assert drawn.middles is not None
    assert data.middles is not None
    # Nobody is far from where it was, so that the middles tell whose each is.
    moved = abs(drawn.middles - data.middles[drawn.codes[:, 0]])
    assert 0.5 < moved.mean() < 8
    assert drawn.pictures.mean() == pytest.approx(data.pictures.mean(), rel=0.1)


def test_a_share_of_them_is_drawn_as_they_are(data: DataSet) -> None:
    drawn = Pool(data, augmented=0.25).draw(60, np.random.default_rng(1))
    assert drawn.middles is not None
    assert data.middles is not None
    as_they_are = np.all(drawn.pictures == data.pictures[drawn.codes[:, 0]], axis=(1, 2))
    assert as_they_are.sum() == 45
    assert np.array_equal(drawn.middles[as_they_are], data.middles[drawn.codes[as_they_are, 0]])


def test_a_stream_of_them_is_the_same_again(data: DataSet) -> None:
    first, again, other = (Stream(Pool(data), seed, 40).batch(8, 3) for seed in (1, 1, 2))
    assert np.array_equal(first.pictures, again.pictures)
    assert not np.array_equal(first.pictures, other.pictures)
    unknown = DataSet(data.pictures, data.codes, data.charset)
    assert Stream(Pool(unknown), 1, 40).batch(8, 3).middles is None
