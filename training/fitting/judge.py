"""Counts what a fitted reader reads right of the test part."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from capslice.models.alignment import right_characters
from capslice.models.decoding import Decoder
from capslice.training.fitting.recipe import Recipe
from capslice.training.pictures import Captcha, DataSet, Stream, texts_of

BATCH = 256


class Judged(NamedTuple):
    """How many test captchas were read right.

    characters, characters_right: by position in the label, how many there are, and are right.
    by_length:                    captchas right, and all, by the number of characters.
    """

    pictures: int
    captchas_right: int
    characters: tuple[int, ...]
    characters_right: tuple[int, ...]
    by_length: dict[int, tuple[int, int]]


def judge(reader: keras.Model, captcha: Captcha, recipe: Recipe, test: DataSet | Stream) -> Judged:
    """Read the test part with the reader of this recipe, and count."""
    decoder = decoder_of(captcha, recipe)
    counts = np.zeros((2, decoder.longest), np.int64)
    by_length: dict[int, tuple[int, int]] = {}
    for part in test.portions() if isinstance(test, Stream) else [test]:
        labels = texts_of(recipe.labels(part.codes), captcha.charset)
        readings = decoder.decode(predict(reader, part.pictures))
        for label, reading in zip(labels, readings, strict=True):
            right = right_characters(label, reading.text)
            counts[:, : len(label)] += [[True] * len(label), right]
            rights, all_of_length = by_length.get(len(label), (0, 0))
            by_length[len(label)] = (rights + (label == reading.text), all_of_length + 1)
    characters, characters_right = (tuple(row.tolist()) for row in counts)
    captchas_right, pictures = (sum(column) for column in zip(*by_length.values(), strict=True))
    return Judged(
        pictures, captchas_right, characters, characters_right, dict(sorted(by_length.items()))
    )


def decoder_of(captcha: Captcha, recipe: Recipe) -> Decoder:
    """The decoder for the output of the reader of this recipe."""
    if recipe.networks == "columns":
        return Decoder(captcha.charset, captcha.shortest, captcha.length, ctc=True)
    length = captcha.length if recipe.positions is None else len(recipe.positions)
    return Decoder(captcha.charset, length, length)


def predict(reader: keras.Model, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 probabilities for uint8 pictures (n, height, width), as the reader gives them."""
    probabilities: NDArray[np.float32] = reader.predict(pictures, batch_size=BATCH, verbose=0)
    return probabilities
