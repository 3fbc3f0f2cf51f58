"""A second look: when it is taken, what it comes to, and for whom it is worth it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from capslice.models.test_time_augmentation import ABOUT, ASIDE, SURE, Moves, probabilities
from capslice.training.exporting.export import _second_look
from capslice.training.pictures import DataSet


def spread(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities (n, 1, 2) that depend on where a picture's one bright point is."""
    bright = pictures.reshape(len(pictures), 100).argmax(-1) % 10
    first = 0.05 + 0.1 * bright
    return np.stack([first, 1 - first], -1)[:, np.newaxis].astype(np.float32)


def point(place: int) -> NDArray[np.uint8]:
    picture = np.zeros((10, 10), np.uint8)
    picture.flat[place] = 255
    return picture


@given(st.lists(st.integers(0, 99), max_size=20), st.floats(0, 1), st.sampled_from([ABOUT, ASIDE]))
def test_only_what_is_unsure_is_looked_at_again(
    places: list[int], sure: float, moves: Moves
) -> None:
    pictures = np.array([point(place) for place in places], np.uint8).reshape(-1, 10, 10)
    once, found = spread(pictures), probabilities(spread, pictures, sure, moves)
    assert np.allclose(found.sum(-1), 1)
    for picture, before, after in zip(pictures, once, found, strict=True):
        if before.max() >= sure:
            assert np.array_equal(before, after)
        else:
            moved = [spread(np.roll(picture, by, (0, 1))[np.newaxis])[0] for by in moves]
            mean = np.prod([before, *moved], 0) ** (1 / (1 + len(moves)))
            assert np.allclose(after, mean / mean.sum(), atol=1e-6)


@pytest.mark.parametrize(("moved", "moves"), [((22, -22), ABOUT), ((1,), ASIDE)])
def test_it_is_for_those_who_gain_by_it(moved: tuple[int, ...], moves: Moves) -> None:
    # Where a picture is moved to, this reader is right and sure; in the middle it is wrong, but
    # does not know, and elsewhere it knows nothing.
    pictures = np.array([point(45)] * 3)
    codes = np.zeros((3, 1), np.int64)

    def once_wrong(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        there = pictures.reshape(len(pictures), 100).argmax(-1) - 45
        first = np.select([there == 0, np.isin(there, moved)], [0.4, 0.9], 0.5)
        return np.stack([first, 1 - first], -1)[:, np.newaxis].astype(np.float32)

    right, wrong = (DataSet(pictures, shown, "ab") for shown in (codes, 1 - codes))
    assert _second_look(once_wrong, right, expected=False) == (SURE, moves)
    assert _second_look(once_wrong, right, expected=True)[1] == ABOUT
    assert _second_look(once_wrong, wrong, expected=False)[0] == 0


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
    sure, _ = _second_look(once_right, DataSet(pictures, codes, "ab"), expected=True)
    assert bool(sure) is taken
