"""Test-time augmentation: when it is applied, what it computes, and which models use it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from capslice.models.decoding import Decoder
from capslice.models.tta import DIAGONAL, SIDEWAYS, TTA_BELOW, Moves, predict_with_tta
from capslice.training.exporting.export import _choose_tta
from capslice.training.pictures import DataSet

ONE = Decoder("ab", 1, 1)


def brightness(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities (n, 1, 2) that depend on the column of a picture's one bright pixel."""
    bright = pictures.reshape(len(pictures), 100).argmax(-1) % 10
    first = 0.05 + 0.1 * bright
    return np.stack([first, 1 - first], -1)[:, np.newaxis].astype(np.float32)


def point(index: int) -> NDArray[np.uint8]:
    picture = np.zeros((10, 10), np.uint8)
    picture.flat[index] = 255
    return picture


@given(
    st.lists(st.integers(0, 99), max_size=20),
    st.floats(0, 1),
    st.sampled_from([DIAGONAL, SIDEWAYS]),
)
def test_only_unsure_predictions_change(indexes: list[int], below: float, moves: Moves) -> None:
    pictures = np.array([point(index) for index in indexes], np.uint8).reshape(-1, 10, 10)
    once = brightness(pictures)
    result = predict_with_tta(brightness, pictures, below, moves)
    assert np.allclose(result.sum(-1), 1)
    for picture, before, after in zip(pictures, once, result, strict=True):
        if before.max() >= below:
            assert np.array_equal(before, after)
        else:
            moved = [brightness(np.roll(picture, by, (0, 1))[np.newaxis])[0] for by in moves]
            mean = np.prod([before, *moved], 0) ** (1 / (1 + len(moves)))
            assert np.allclose(after, mean / mean.sum(), atol=1e-6)


@pytest.mark.parametrize(("moved", "moves"), [((22, -22), DIAGONAL), ((1,), SIDEWAYS)])
def test_a_model_uses_tta_if_it_gains(moved: tuple[int, ...], moves: Moves) -> None:
    # This predictor is right and sure about the moved pictures, wrong and unsure about the
    # unmoved one, and undecided about any other.
    pictures = np.array([point(45)] * 3)
    codes = np.zeros((3, 1), np.int64)

    def once_wrong(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        offset = pictures.reshape(len(pictures), 100).argmax(-1) - 45
        first = np.select([offset == 0, np.isin(offset, moved)], [0.4, 0.9], 0.5)
        return np.stack([first, 1 - first], -1)[:, np.newaxis].astype(np.float32)

    right, wrong = (DataSet(pictures, shown, "ab") for shown in (codes, 1 - codes))
    both = (DIAGONAL, SIDEWAYS)
    assert _choose_tta(once_wrong, ONE, right, both, expected=False) == (TTA_BELOW, moves)
    assert _choose_tta(once_wrong, ONE, right, both[:1], expected=True)[1] == DIAGONAL
    assert _choose_tta(once_wrong, ONE, wrong, both, expected=False)[0] == 0


@pytest.mark.parametrize(("worse", "used"), [(0, True), (4, True), (5, False)])
def test_an_expected_gain_is_dropped_after_five_spoiled_readings(worse: int, used: bool) -> None:
    def once_right(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        index = pictures.reshape(len(pictures), 100).argmax(-1)
        first = np.select([index == 45, index < 99], [0.6, 0.1], 0.999)
        return np.stack([first, 1 - first], -1)[:, np.newaxis].astype(np.float32)

    pictures = np.array([point(45)] * worse + [point(99)] * 50)
    codes = np.zeros((len(pictures), 1), np.int64)
    data = DataSet(pictures, codes, "ab")
    below, _ = _choose_tta(once_right, ONE, data, (DIAGONAL,), expected=True)
    assert bool(below) is used
