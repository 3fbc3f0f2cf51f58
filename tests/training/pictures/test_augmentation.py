"""Augmented pictures show the same text, at known columns, and never repeat."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from capslice.training.pictures import PAD, DataSet, Pool, Stream
from capslice.training.pictures.augmentation import Warp

WIDTH, HEIGHT = 120, 40


def bars(middles: NDArray[np.float64]) -> DataSet:
    """White pictures with dark bars over the whole height, five pixels wide."""
    pictures = np.full((len(middles), HEIGHT, WIDTH), 255, np.uint8)
    for picture, row in zip(pictures, middles, strict=True):
        for middle in row:
            picture[:, int(middle) - 2 : int(middle) + 3] = 0
    codes = np.arange(len(middles))[:, np.newaxis].repeat(middles.shape[1], axis=1)
    return DataSet(pictures, codes, "abcdefgh"[: len(middles)], middles)


@pytest.fixture
def data(rng: np.random.Generator) -> DataSet:
    return bars(np.stack([rng.uniform(25, 50, 6), rng.uniform(70, 95, 6)], axis=1))


def test_a_warp_moves_known_columns_with_the_ink(data: DataSet, rng: np.random.Generator) -> None:
    assert data.middles is not None
    for picture, middles in zip(data.pictures, data.middles, strict=True):
        warp = Warp.random(picture.shape, rng)
        halfway = np.asarray(warp.apply(picture))[HEIGHT // 2].astype(float)
        for middle in warp.moved_columns(middles):
            near = slice(max(0, round(middle) - 12), round(middle) + 12)
            ink = 255 - halfway[near]
            found = near.start + (ink * np.arange(len(ink))).sum() / ink.sum()
            assert abs(found - middle) < 2.5


def test_every_picture_is_drawn_and_none_repeats(data: DataSet) -> None:
    drawn = Pool(data).draw(60, np.random.default_rng(1))
    assert {*drawn.codes[:, 0]} == {*range(6)}
    assert len(np.unique(drawn.pictures, axis=0)) == 60
    assert drawn.middles is not None
    assert data.middles is not None
    # The middles stay near, so they identify the picture.
    moved = abs(drawn.middles - data.middles[drawn.codes[:, 0]])
    assert 0.5 < moved.mean() < 8
    assert drawn.pictures.mean() == pytest.approx(data.pictures.mean(), rel=0.1)


def test_a_text_has_no_columns_after_its_end(data: DataSet) -> None:
    assert data.middles is not None
    middles = np.hstack([data.middles, np.full((6, 1), np.nan)])
    codes = np.hstack([data.codes, np.full((6, 1), PAD)])
    drawn = Pool(DataSet(data.pictures, codes, data.charset, middles)).draw(
        60, np.random.default_rng(1)
    )
    assert drawn.middles is not None
    assert np.array_equal(np.isnan(drawn.middles), drawn.codes == PAD)
    assert {*map(len, drawn.texts)} == {2}


def test_a_share_of_the_pictures_is_not_augmented(data: DataSet) -> None:
    drawn = Pool(data, augmented=0.25).draw(60, np.random.default_rng(1))
    assert drawn.middles is not None
    assert data.middles is not None
    unchanged = np.all(drawn.pictures == data.pictures[drawn.codes[:, 0]], axis=(1, 2))
    assert unchanged.sum() == 45
    assert np.array_equal(drawn.middles[unchanged], data.middles[drawn.codes[unchanged, 0]])


def test_a_stream_of_a_pool_is_reproducible(data: DataSet) -> None:
    first, again, other = (Stream(Pool(data), seed, 40).batch(8, 3) for seed in (1, 1, 2))
    assert np.array_equal(first.pictures, again.pictures)
    assert not np.array_equal(first.pictures, other.pictures)
    unknown = DataSet(data.pictures, data.codes, data.charset)
    assert Stream(Pool(unknown), 1, 40).batch(8, 3).middles is None
