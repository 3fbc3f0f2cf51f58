"""Starts a fit from the weights of an earlier fit, as far as they match."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras

from capslice.errors import FitError
from capslice.training.fitting.fit_result import Fit, load_reader
from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.reader import last_layers
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import Captcha


def warm_started_reader(captcha: Captcha, recipe: Recipe, folder: Path) -> keras.Model:
    """Build the reader of `recipe`, with the weights of the fit in `folder`.

    For the same captcha it takes all weights. For another charset the last layer starts anew, and
    for another size all weights whose shape depends on it.

    Raises FitError where the folder holds no fit, or a fit of networks with other layers.
    """
    earlier_captcha = Fit.load(folder).load_captcha()
    result, earlier = load_reader(earlier_captcha, folder)
    reader = recipe.build(captcha)
    names, earlier_names = ([weight.name for weight in each.weights] for each in (reader, earlier))
    if names != earlier_names or _layers(recipe) != _layers(result.recipe):
        raise FitError(
            f"the networks of {folder} are of other layers: give the --networks, --blocks, "
            "--filters, --strided-blocks, --batch-norm or --no-batch-norm, --dense, "
            "--context-features, --residual and --peer-attention of that fit"
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
    """What decides the layers for any captcha: many networks share the names of their weights."""
    return replace(recipe.shape, filters=recipe.shape.filters_of_blocks, dropout=0)
