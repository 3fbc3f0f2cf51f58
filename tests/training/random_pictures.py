"""Random pictures with random labels, for tests that do not mind what a network learns."""

from __future__ import annotations

import numpy as np

from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import DataSet, FolderCaptcha, FolderDescription

CAPTCHA = FolderCaptcha(FolderDescription(size=(40, 20), charset="abc", length=2))
SHAPE = NetworkShape(filters=(4, 4, 4, 4, 8), blocks=5, dense=8)
RECIPE = Recipe(networks="whole", shape=SHAPE, epochs=1, batch=8)


def random_pictures(count: int, charset: str = "abc") -> DataSet:
    rng = np.random.default_rng(1)
    return DataSet(
        rng.integers(256, size=(count, 20, 40)).astype(np.uint8),
        rng.integers(len(charset), size=(count, 2)),
        charset,
    )
