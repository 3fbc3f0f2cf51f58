"""Compares our pictures with the module's as training data for the module's captcha."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks.original.drawing import Group, draw_pictures
from capslice.models.intervals import Rate
from capslice.models.pictures import decode
from capslice.training.pictures import DataSet, SecurityImageCaptcha, draw_set
from capslice.training.pictures.fonts import Face, find_faces
from capslice.training.tensorflow import prepare_tensorflow

prepare_tensorflow()

from capslice.training.fitting.fit import fit
from capslice.training.fitting.recipe import Parts, Recipe

FAMILY = "DejaVuSans"
AT_COLUMNS = Group("ten digits at the article's columns", columns=True)
RECIPE = Recipe.usual("shared")
VALIDATION = 500


class Transfer(NamedTuple):
    """The rates on the module's pictures, after fitting on ours and on the module's."""

    ours: Rate
    theirs: Rate


def compare_training_data(pictures: int, tests: int, seed: int) -> Transfer:
    """Fit on `pictures` pictures of each kind, and test both on `tests` others of the module."""
    (face,) = (
        face
        for face in find_faces()
        if face.family == FAMILY and face.weight == 400 and not face.slanted
    )
    captcha = SecurityImageCaptcha(faces=(face,), at_columns=True)
    seeds = count(seed * 10)
    theirs, validation, test = (
        _drawn_by_perl(captcha, face, n, next(seeds)) for n in (pictures, VALIDATION, tests)
    )
    ours = draw_set(captcha, pictures, np.random.default_rng(seed))
    recipe = RECIPE.model_copy(update={"seed": seed})
    rates = []
    for training in (ours, theirs):
        with TemporaryDirectory() as folder:
            result = fit(captcha, Parts(training, validation, test), recipe, Path(folder, "fit"))
        rates.append(Rate(result.captchas_right, result.tested_on))
    return Transfer(*rates)


def _drawn_by_perl(captcha: SecurityImageCaptcha, face: Face, pictures: int, seed: int) -> DataSet:
    drawings = list(draw_pictures(AT_COLUMNS, face, pictures, seed))
    return DataSet(
        np.stack([decode(each.png, "the picture") for each in drawings]),
        np.array([[captcha.charset.index(digit) for digit in each.text] for each in drawings]),
        captcha.charset,
    )
