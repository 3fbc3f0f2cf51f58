"""A warm start takes over the weights that match, and refuses networks of other layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from capslice.errors import FitError
from capslice.training.fitting.data_sources import DataSource
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import load_reader
from capslice.training.fitting.warm_start import WarmStart, warm_started_reader
from capslice.training.networks.reader import last_layers
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import FolderCaptcha, FolderDescription
from tests.training.random_pictures import CAPTCHA, RECIPE, SHAPE, random_pictures


@pytest.fixture(scope="module")
def earlier_fit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fits") / "fitted"
    fit(CAPTCHA, DataSource(CAPTCHA, random_pictures(30), count=16).parts(1), RECIPE, folder)
    return folder


def weights(reader: keras.Model) -> list[NDArray[np.float32]]:
    return [np.asarray(weight) for weight in reader.weights]


def last_kernel(reader: keras.Model) -> NDArray[np.float32]:
    (layer,) = last_layers(reader)
    return np.asarray(layer.kernel)


def test_a_warm_start_takes_over_the_weights_that_match(earlier_fit: Path) -> None:
    _, earlier = load_reader(CAPTCHA, earlier_fit)
    same = warm_started_reader(CAPTCHA, RECIPE, WarmStart.of_fit(earlier_fit))
    assert all(map(np.array_equal, weights(same), weights(earlier)))
    # Another charset of the same length, and another height: the last layer and a kernel are new.
    other = FolderCaptcha(FolderDescription(size=(40, 30), charset="xyz", length=2))
    reader = warm_started_reader(other, RECIPE, WarmStart.of_fit(earlier_fit))
    equal = [*map(np.array_equal, weights(reader), weights(earlier))]
    assert sum(equal) >= len(equal) - 4
    assert not np.array_equal(last_kernel(reader), last_kernel(earlier))


@pytest.mark.parametrize(
    "other_layers",
    [
        {"networks": "shared", "shape": NetworkShape(blocks=2)},
        {"shape": replace(SHAPE, residual=True)},
        {"shape": replace(SHAPE, peer_attention=8)},
        {"shape": replace(SHAPE, dense=16)},
        {"shape": replace(SHAPE, filters=(4, 4, 4, 4, 6))},
    ],
)
def test_no_warm_start_for_other_layers(earlier_fit: Path, other_layers: dict[str, object]) -> None:
    with pytest.raises(FitError, match="are of other layers"):
        warm_started_reader(
            CAPTCHA, RECIPE.model_copy(update=other_layers), WarmStart.of_fit(earlier_fit)
        )
