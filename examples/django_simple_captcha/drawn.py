"""What django-simple-captcha draws as it comes: `capslice --captcha drawn:Letters`."""

from __future__ import annotations

import io
import random
from types import SimpleNamespace
from typing import Any

import django
import numpy as np
from django.conf import settings
from PIL import Image

if not settings.configured:
    settings.configure(INSTALLED_APPS=["captcha"])
    django.setup()

from captcha import views


class Letters:
    """Four letters, drawn as capitals and answered in small ones."""

    size = (96, 40)  # room for nearly all: the library makes them as wide as their letters are
    sizes = "padded"
    charset = "abcdefghijklmnopqrstuvwxyz"
    length = 4

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        """The library's picture of `text`, and the middles of its letters."""
        masks = Masks()
        views.Image = masks
        random.seed(int(rng.integers(2**63)))  # where the library has all its lots from
        try:
            response = views._captcha_image(SimpleNamespace(challenge=text.upper()), scale=1)
        finally:
            views.Image = Image
        return Image.open(io.BytesIO(response.content)), masks.middles


class Masks:
    """Pillow's Image for the library, which has each letter pasted into a mask of its own."""

    def __init__(self) -> None:
        self.middles: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(Image, name)

    def new(self, mode: str, size: tuple[int, int], *colour: str) -> Image.Image:
        """As Pillow's; of a mask, what is pasted where is put on record."""
        image = Image.new(mode, size, *colour)
        if mode == "L" and not colour:
            paste = image.paste

            def told(letter: Image.Image, box: tuple[int, int, int, int]) -> None:
                self.middles.append((box[0] + box[2]) / 2)
                paste(letter, box)

            image.paste = told  # type: ignore[assignment, method-assign]
        return image
