"""A second look: when it is taken, what it comes to, and for whom it is worth it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.looks import MOVES, probabilities
from training.learning.export import _gains
from training.pictures import DataSet


def spread(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities (n, 1, 2) that depend on where a picture's one bright point is."""
    bright = pictures.reshape(len(pictures), 100).argmax(-1) % 10
    first = 0.05 + 0.1 * bright
    return np.stack([first, 1 - first], -1)[:, np.newaxis].astype(np.float32)


def point(place: int) -> NDArray[np.uint8]:
    picture = np.zeros((10, 10), np.uint8)
    picture.flat[place] = 255
    return picture


@given(st.lists(st.integers(0, 99), max_size=20), st.floats(0, 1))
def test_only_what_is_unsure_is_looked_at_again(places: list[int], sure: float) -> None:
    pictures = np.array([point(place) for place in places], np.uint8).reshape(-1, 10, 10)
    once, found = spread(pictures), probabilities(spread, pictures, sure)
    assert np.allclose(found.sum(-1), 1)
    for picture, before, after in zip(pictures, once, found, strict=True):
        if before.max() >= sure:
            assert np.array_equal(before, after)
        else:
            moved = [spread(np.roll(picture, by, (0, 1))[np.newaxis])[0] for by in MOVES]
            mean = (before * moved[0] * moved[1]) ** (1 / 3)
            assert np.allclose(after, mean / mean.sum(), atol=1e-6)


def test_it_is_for_those_who_gain_by_it() -> None:
    # Two columns to the right or left of the middle, this reader is right and sure; in the
    # middle it is wrong, but does not know.
    pictures = np.array([point(45)] * 3)
    codes = np.zeros((3, 1), np.int64)

    def once_wrong(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        middle = pictures.reshape(len(pictures), 100).argmax(-1) == 45
        first = np.where(middle, 0.4, 0.9)
        return np.stack([first, 1 - first], -1)[:, np.newaxis].astype(np.float32)

    for expected in (False, True):
        assert _gains(once_wrong, DataSet(pictures, codes, "ab"), expected)
    assert not _gains(once_wrong, DataSet(pictures, 1 - codes, "ab"), expected=False)


@pytest.mark.parametrize(("worse", "taken"), [(0, True), (4, True), (5, False)])
def test_where_it_is_expected_to_gain_it_takes_five_to_say_that_it_does_not(
    worse: int, taken: bool
) -> None:
    def once_right(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        there = pictures.reshape(len(pictures), 100).argmax(-1)
        first = np.select([there == 45, there < 99], [0.6, 0.1], 0.999)
        return np.stack([first, 1 - first], -1)[:, np.newaxis].astype(np.float32)

    pictures = np.array([point(45)] * worse + [point(99)] * 50)
    codes = np.zeros((len(pictures), 1), np.int64)
    assert _gains(once_right, DataSet(pictures, codes, "ab"), expected=True) is taken
