"""Starts a fit from the weights of an earlier fit, or of the shipped general reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from capslice.errors import FitError
from capslice.training.fitting import general_weights
from capslice.training.fitting.fit_result import Fit, load_reader
from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.reader import last_layers
from capslice.training.networks.shape import GENERAL, NetworkShape, Sharing
from capslice.training.pictures import Captcha


class WarmStart(NamedTuple):
    """Where a fit starts.

    name:    of the folder, or `general`.
    charset: the characters of the last layer, in its order.
    weights: in the order of the Keras model.
    """

    name: str
    charset: str
    networks: Sharing
    shape: NetworkShape
    weights: list[NDArray[np.float32]]

    @classmethod
    def of_fit(cls, folder: Path) -> WarmStart:
        """The fit in `folder`. Raises FitError where the folder holds none."""
        captcha = Fit.load(folder).load_captcha()
        result, reader = load_reader(captcha, folder)
        recipe = result.recipe
        return cls(
            str(folder), captcha.charset, recipe.networks, recipe.shape, reader.get_weights()
        )

    @classmethod
    def general(cls) -> WarmStart:
        """The shipped general reader. Raises FitError where its weights cannot be read."""
        about, weights = general_weights.load()
        return cls(general_weights.GENERAL, about.charset, "columns", GENERAL, weights)


def warm_started_reader(captcha: Captcha, recipe: Recipe, start: WarmStart) -> keras.Model:
    """Build the reader of `recipe`, with the weights of `start`.

    For another size, the weights whose shape depends on it start anew. For another charset, so do
    the classes of the characters that `start` does not know.

    Raises FitError where the networks have other layers.
    """
    reader = recipe.build(captcha)
    shapes = [weight.shape for weight in reader.weights]
    same_layers = recipe.networks == start.networks and _layers(recipe.shape) == _layers(
        start.shape
    )
    if not same_layers or len(shapes) != len(start.weights):
        raise FitError(
            f"the networks of {start.name} are of other layers: give the --networks, --blocks, "
            "--filters, --strided-blocks, --batch-norm or --no-batch-norm, --dense, "
            "--context-features, --residual and --peer-attention of that fit"
        )
    last = {id(weight) for layer in last_layers(reader) for weight in layer.weights}
    kept = [(captcha.charset.index(c), start.charset.index(c)) for c in _common(captcha, start)]
    if recipe.networks == "columns":
        kept.append((len(captcha.charset), len(start.charset)))  # nothing
    to, from_ = (list(each) for each in zip(*kept, strict=True)) if kept else ([], [])
    for weight, known in zip(reader.weights, start.weights, strict=True):
        if id(weight) in last:
            classes = np.array(weight)
            classes[..., to] = known[..., from_]
            weight.assign(classes)
        elif weight.shape == known.shape:
            weight.assign(known)
    return reader


def _common(captcha: Captcha, start: WarmStart) -> list[str]:
    return [character for character in captcha.charset if character in start.charset]


def _layers(shape: NetworkShape) -> NetworkShape:
    """What decides the layers for any captcha: many networks share the names of their weights."""
    return replace(shape, filters=shape.filters_of_blocks, dropout=0)
