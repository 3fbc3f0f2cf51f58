"""The splits and folds of labelled pictures, parts of them, and pools."""

from __future__ import annotations

import numpy as np
import pytest

from capslice.errors import DataSetError
from capslice.training.fitting.data_sources import DataSource, draw_pool
from capslice.training.pictures import DataSet, EllipseCaptcha, Pool, SecurityImageCaptcha, Stream
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
