"""The splits and folds of labelled pictures, parts of them, and pools."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capslice.errors import DataSetError
from capslice.training.fitting.data_sources import DataSource, draw_pool, general_drawings
from capslice.training.pictures import (
    PAD,
    CustomCaptcha,
    DataSet,
    EllipseCaptcha,
    FolderCaptcha,
    FolderDescription,
    Pool,
    SecurityImageCaptcha,
    Stream,
    codes_of,
)
from tests.training.pictures.test_custom_length import Words
from tests.training.random_pictures import CAPTCHA, random_pictures


def keys(data: DataSet) -> set[bytes]:
    return {picture.tobytes() for picture in data.pictures}


def test_folds_leak_nothing_and_test_every_picture() -> None:
    data = random_pictures(40)
    source = DataSource(CAPTCHA, data, count=16, augment=True)
    tested: set[bytes] = set()
    for parts in source.folds(1, 4):
        training = parts.training_pictures()
        assert isinstance(parts.training, Stream)
        assert isinstance(parts.test, DataSet)
        assert training
        assert keys(training) | keys(parts.validation) | keys(parts.test) == keys(data)
        assert len(training) + len(parts.validation) + len(parts.test) == 40
        tested |= keys(parts.test)
    assert tested == keys(data)
    with pytest.raises(DataSetError, match="give --data"):
        next(DataSource(CAPTCHA, None, count=16).folds(1, 4))


def test_a_share_of_the_training_pictures() -> None:
    data = random_pictures(40)
    for augment in (False, True):
        parts = DataSource(CAPTCHA, data, count=16, augment=augment).parts(1)
        whole, half = parts.training_pictures(), parts.fewer(0.5).training_pictures()
        assert whole
        assert half
        assert (len(whole), len(half)) == (32, 16)
        assert keys(half) < keys(whole)
        assert type(parts.fewer(0.5).training) is type(parts.training)
    parts = DataSource(EllipseCaptcha(), None, count=30).parts(1)
    assert parts.training_pictures() is None
    with pytest.raises(DataSetError, match="give --data"):
        parts.fewer(0.5)


def test_parts_and_folds_keep_each_text_with_its_picture() -> None:
    texts = ["a", "ab", "bab", "abba"] * 5
    pictures = np.arange(20, dtype=np.uint8)[:, np.newaxis, np.newaxis].repeat(8, 1).repeat(16, 2)
    data = DataSet(pictures, codes_of(texts, "ab", 4), "ab")
    captcha = FolderCaptcha(FolderDescription(size=(16, 8), charset="ab", length=4, shortest=1))
    source = DataSource(captcha, data, count=8)
    for parts in (source.parts(1), *source.folds(1, 4)):
        for part in parts:
            assert isinstance(part, DataSet)
            assert part.texts == [texts[number] for number in part.pictures[:, 0, 0]]


def test_a_pool_of_texts_of_several_lengths() -> None:
    captcha = CustomCaptcha("words", Words())
    pool = draw_pool(captcha, 5, 70)
    assert {*map(len, pool.texts)} == {3, 4, 5}
    assert pool.middles is not None
    assert np.array_equal(np.isnan(pool.middles), pool.codes == PAD)
    batch = Stream(Pool(pool), 1, 40).batch(8, 3)
    assert {*batch.texts} <= {*pool.texts}


def test_a_pool_is_drawn_once() -> None:
    captcha = SecurityImageCaptcha()
    parts = DataSource(captcha, None, count=30, pool=70).parts(5)
    assert isinstance(parts.training, Stream)
    assert isinstance(parts.training.source, Pool)
    pool = parts.training.source.data
    again = draw_pool(captcha, 5, 70)
    assert len(pool) == 70
    assert np.array_equal(pool.pictures, again.pictures)
    assert pool.middles is not None
    assert (len(parts.training), len(parts.validation), len(parts.test)) == (24, 3, 3)


def test_the_latest_pictures_validate_and_others_are_mixed_in() -> None:
    data = random_pictures(40)
    rejected = replace(random_pictures(10), rejected=np.ones(10, bool))
    source = DataSource(CAPTCHA, data, 16, others=((Pool(rejected, 0.0), 0.25),), by_time=True)
    parts = source.parts(1)
    training = parts.training_pictures()
    assert training
    assert [*training.texts, *parts.validation.texts] == data.texts[:36]
    assert isinstance(parts.test, DataSet)
    assert parts.test.texts == data.texts[36:]
    assert isinstance(parts.training, Stream)
    batch = parts.training.batch(8, 0)
    assert batch.rejected is not None
    assert batch.rejected.sum() == 2
    # Without augmentation, the pictures are as they were.
    assert keys(batch) <= keys(data) | keys(rejected)
    assert len(parts.fewer(0.5).training.batch(8, 0)) == 8  # type: ignore[union-attr]
    assert len(parts.fewer(0.5).training_pictures() or ()) == 16


def test_general_drawings_need_the_characters_of_general() -> None:
    with pytest.raises(DataSetError, match="give --warm-start general, or no --general-share"):
        general_drawings(CAPTCHA)
