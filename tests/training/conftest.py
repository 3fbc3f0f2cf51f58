"""Prepares TensorFlow before a test imports Keras, and makes one fit that several tests share."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from capslice.errors import MissingExtra
from capslice.training.pictures import EllipseCaptcha, draw_set
from capslice.training.tensorflow import prepare_tensorflow

if TYPE_CHECKING:
    from capslice.training.fitting.recipe import Parts, Recipe

with suppress(MissingExtra):  # tests of pictures and of the mock page need no TensorFlow
    prepare_tensorflow()


@pytest.fixture(scope="session")
def tiny() -> Recipe:
    """A recipe for a fit that takes seconds."""
    from capslice.training.fitting.recipe import Recipe
    from capslice.training.networks.shape import NetworkShape

    return Recipe(shape=NetworkShape(blocks=4, dense=8, filters=(4, 4, 4, 4)), epochs=2, batch=32)


@pytest.fixture(scope="session")
def parts(captcha: EllipseCaptcha) -> Parts:
    from capslice.training.fitting.recipe import Parts

    rng = np.random.default_rng(1)
    return Parts(*draw_set(captcha, 200, rng).split(rng, (2, 1, 1)))


@pytest.fixture(scope="session")
def fitted(
    captcha: EllipseCaptcha, parts: Parts, tiny: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of a finished fit; its logs for TensorBoard are in `logs` beside it."""
    from capslice.training.fitting.fit import fit
    from capslice.training.fitting.progress import tensorboard_log

    folder = tmp_path_factory.mktemp("fitted") / "fit"
    fit(captcha, parts, tiny, folder, callbacks=[tensorboard_log(folder.parent / "logs")])
    return folder
