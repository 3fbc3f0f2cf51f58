"""The pictures that an export needs. The fit has not learned from any of them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.errors import ExportError
from capslice.training.fitting import held_out
from capslice.training.fitting.recipe import Recipe
from capslice.training.pictures import Captcha, DataSet, Stream

COMPARED = 256
RANGES = 512
CALIBRATION_SEED = 1_000_000  # added to the seed of the fit


class HeldOutPictures(NamedTuple):
    """What each step of an export uses.

    calibration: labelled pictures for the temperature, and for test-time augmentation.
    compared:    uint8 (n, height, width), read by both Keras and ONNX Runtime.
    ranges:      uint8 (n, height, width), which show the ranges of values for 8 bits.
    test:        labelled pictures for the accuracy of the card.
    captcha:     name of the captcha of the test pictures.
    seed:        seed of the test pictures.
    """

    calibration: DataSet
    compared: NDArray[np.uint8]
    ranges: NDArray[np.uint8]
    test: Stream | DataSet
    captcha: str
    seed: int


def draw(
    captcha: Captcha,
    recipe: Recipe,
    test_captcha: Captcha | None,
    calibration_pictures: int,
    test_pictures: int,
    test_seed: int,
) -> HeldOutPictures:
    """Draw fresh pictures. For calibration and test, in other fonts, if the captcha has any.

    Raises ExportError where the fit has the same seed.
    """
    if test_seed == recipe.seed:
        raise ExportError(
            f"seed {test_seed} drew the pictures of the fit itself: choose another --test-seed"
        )
    other_fonts = captcha.held_out()
    test_captcha = test_captcha or other_fonts
    seed = recipe.seed + CALIBRATION_SEED
    return HeldOutPictures(
        Stream(other_fonts, seed, calibration_pictures).batch(calibration_pictures, 0),
        Stream(captcha, test_seed, COMPARED).batch(COMPARED, 0).pictures,
        Stream(captcha, seed, RANGES).batch(RANGES, 0).pictures,
        Stream(test_captcha, test_seed, test_pictures),
        test_captcha.name,
        test_seed,
    )


def load(captcha: Captcha, recipe: Recipe, folder: Path) -> HeldOutPictures:
    """Load the validation and test pictures of a fit to a folder of pictures."""
    validation, test = held_out.load(folder, captcha.charset)
    pictures = validation.pictures
    return HeldOutPictures(
        validation, pictures[:COMPARED], pictures[:RANGES], test, captcha.name, recipe.seed
    )
