"""A captcha of bars that a tiny network learns in seconds, with texts of one to four characters."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import CustomCaptcha

PLACES = {"a": (2, 8), "b": (12, 18), "c": (2, 18)}  # the rows that a character fills


class BarsWithMiddles:
    """Each character is a bar, six columns wide and at least four from the next."""

    size = (64, 20)
    charset = "abc"
    length = (1, 4)

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        image = Image.new("L", self.size, 255)
        gaps = rng.multinomial(24, np.full(5, 0.2))
        lefts = [int(sum(gaps[: i + 1])) + 10 * i for i in range(len(text))]
        for left, character in zip(lefts, text, strict=True):
            top, bottom = PLACES[character]
            ImageDraw.Draw(image).rectangle((left, top, left + 5, bottom), fill=0)
        return image, [left + 3.0 for left in lefts]


class BarsWithoutMiddles:
    """The same pictures from a class that does not tell where the characters are."""

    size, charset, length = BarsWithMiddles.size, BarsWithMiddles.charset, BarsWithMiddles.length

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        return BarsWithMiddles().draw_with_middles(text, rng)[0]


BARS = CustomCaptcha("tests.training.bars:BarsWithMiddles", BarsWithMiddles())
SHAPE = NetworkShape(filters=(8, 8, 8, 8, 16), blocks=5, residual=True)
RECIPE = Recipe.usual("columns").model_copy(update={"shape": SHAPE, "epochs": 6, "batch": 16})
