"""The column network: shapes, its size in figures, and pictures that are too small for it."""

from __future__ import annotations

import numpy as np
import pytest

from capslice.errors import NetworkError
from capslice.training.networks.reader import build_reader, last_layers, multiply_adds
from capslice.training.networks.shape import GENERAL, NetworkShape
from tests.training.bars import SHAPE


@pytest.mark.parametrize(
    ("size", "columns"), [((64, 20), 64), ((160, 60), 40), ((192, 64), 48), ((310, 80), 39)]
)
def test_probabilities_for_each_column(size: tuple[int, int], columns: int) -> None:
    reader = build_reader(size, (), 10, SHAPE, "columns")
    rng = np.random.default_rng(1)
    pictures = rng.integers(256, size=(3, size[1], size[0])).astype(np.uint8)
    probabilities = reader.predict(pictures, verbose=0)
    assert probabilities.shape == (3, columns, 11)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-5)


def test_the_general_reader_in_figures() -> None:
    reader = build_reader((192, 64), (), 70, GENERAL, "columns")
    assert reader.count_params() == pytest.approx(1.25e6, rel=0.01)
    assert multiply_adds(reader) == pytest.approx(159e6, rel=0.01)
    (classifier,) = last_layers(reader)
    assert classifier.units == 71


def test_dropout_belongs_to_training_alone() -> None:
    shape = NetworkShape(filters=SHAPE.filters, blocks=5, residual=True, dropout=0.5)
    reader = build_reader((64, 20), (), 3, shape, "columns")
    picture = np.random.default_rng(1).integers(256, size=(1, 20, 64)).astype(np.uint8)
    first, again = (np.asarray(reader(picture, training=False)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    first, again = (np.asarray(reader(picture, training=True)) for _ in range(2))
    assert not np.array_equal(first, again)


@pytest.mark.parametrize(("size", "blocks"), [((64, 15), 5), ((15, 20), 5), ((64, 20), 4)])
def test_a_network_that_cannot_be_built(size: tuple[int, int], blocks: int) -> None:
    shape = NetworkShape(filters=SHAPE.filters, blocks=blocks)
    with pytest.raises(NetworkError, match="it takes 5 blocks or more"):
        build_reader(size, (), 3, shape, "columns")
