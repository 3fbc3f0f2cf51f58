"""Whether what is drawn here is as good to learn from as what the module draws."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks.original.drawing import Group, drawn
from capslice.models.intervals import Rate
from capslice.models.pictures import decode
from capslice.training.fitting.fit import fit
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.pictures import DataSet, SecurityImageCaptcha, draw_set
from capslice.training.pictures.fonts import Face, find_faces

FAMILY = "DejaVuSans"
AT_COLUMNS = Group("ten digits at the article's columns", columns=True)
RECIPE = Recipe.usual("shared")
VALIDATION = 500


class TwoFits(NamedTuple):
    """How many of the module's pictures a network reads that was fitted on ours, and on its own."""

    ours: Rate
    theirs: Rate


def two_fits(pictures: int, tests: int, seed: int) -> TwoFits:
    """Fit to so many pictures of each, and read so many others of the module's."""
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
    for learned in (ours, theirs):
        with TemporaryDirectory() as folder:
            result = fit(captcha, Parts(learned, validation, test), recipe, Path(folder, "fit"))
        rates.append(Rate(result.captchas_right, result.tested_on))
    return TwoFits(*rates)


def _drawn_by_perl(captcha: SecurityImageCaptcha, face: Face, pictures: int, seed: int) -> DataSet:
    drawings = list(drawn(AT_COLUMNS, face, pictures, seed))
    return DataSet(
        np.stack([decode(each.png, "the picture") for each in drawings]),
        np.array([[captcha.charset.index(digit) for digit in each.text] for each in drawings]),
        captcha.charset,
    )
