"""To begin with what an earlier fit has learned, as far as it is of use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras

from capslice.errors import FitError
from capslice.training.exporting.calibration import last_layers
from capslice.training.fitting.fit_result import Fit, load_reader
from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.slices import NetworkShape
from capslice.training.pictures import Captcha


def begun_with(captcha: Captcha, recipe: Recipe, folder: Path) -> keras.Model:
    """A reader of `recipe` that has the weights of the fit in `folder`, where they suit it.

    All of them, of the same captcha. Of another charset, the last layer begins anew; of another
    size, what depends on it as well.

    Raises FitError where there is no fit, or its networks are of other layers.
    """
    earlier_captcha = Fit.load(folder).captcha_itself()
    result, earlier = load_reader(earlier_captcha, folder)
    reader = recipe.build(captcha)
    names, earlier_names = ([weight.name for weight in each.weights] for each in (reader, earlier))
    if names != earlier_names or _layers(recipe) != _layers(result.recipe):
        raise FitError(
            f"the networks of {folder} are of other layers: give the --networks, --blocks, "
            "--filters, --strided, --normalised or --plain, --dense, --context, --residual and "
            "--peers of there"
        )
    fresh = [layer.get_weights() for layer in last_layers(reader)]
    for weight, known in zip(reader.weights, earlier.weights, strict=True):
        if weight.shape == known.shape:
            weight.assign(known)
    if earlier_captcha.charset != captcha.charset:
        for layer, weights in zip(last_layers(reader), fresh, strict=True):
            layer.set_weights(weights)
    return reader


def _layers(recipe: Recipe) -> NetworkShape:
    """What the layers are, whatever the captcha: by their names alone, many would be the same."""
    return replace(recipe.shape, filters=recipe.shape.filters_of_blocks, dropout=0)
