"""The captcha of django-simple-captcha with its default settings: `--captcha captchas:Letters`.

`captchas:Sums` are its math challenges, such as 7*3=.
"""

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

from captcha import helpers, views
from captcha.conf import settings as captcha_settings


class Letters:
    """Four letters, drawn as capitals and answered in lower case."""

    size = (96, 40)  # enough for nearly all: the width depends on the letters
    sizes = "padded"
    charset = "abcdefghijklmnopqrstuvwxyz"
    length = 4

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        """Let the library draw `text`; return the picture and the middles of its letters."""
        recorder = PasteRecorder()
        views.Image = recorder
        seed_library(rng)
        try:
            response = views._captcha_image(SimpleNamespace(challenge=text.upper()), scale=1)
        finally:
            views.Image = Image
        return Image.open(io.BytesIO(response.content)), middles(text, recorder.boxes)


class Sums(Letters):
    """Sums of two numbers from 1 to 10, answered with their values."""

    size = (112, 40)
    charset = "+-*=0123456789"
    length = (4, 6)

    def random_text(self, rng: np.random.Generator) -> str:
        """Let the library choose a sum."""
        seed_library(rng)
        text, _ = helpers.math_challenge()
        return text


def seed_library(rng: np.random.Generator) -> None:
    """Seed the generator from which the library takes all random numbers."""
    random.seed(int(rng.integers(2**63)))


def middles(text: str, boxes: list[tuple[int, int]]) -> list[float]:
    """The middle of each character; `boxes` are the left and right columns of what was pasted.

    The library pastes punctuation, such as a minus, together with the character before it.
    """
    counts: list[int] = []
    for character in text:
        if counts and character in captcha_settings.CAPTCHA_PUNCTUATION:
            counts[-1] += 1
        else:
            counts.append(1)
    return [
        left + (right - left) * (place + 0.5) / count
        for (left, right), count in zip(boxes, counts, strict=True)
        for place in range(count)
    ]


class PasteRecorder:
    """Replaces `PIL.Image` in the library, to record where it pastes each letter."""

    def __init__(self) -> None:
        self.boxes: list[tuple[int, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(Image, name)

    def new(self, mode: str, size: tuple[int, int], *colour: str) -> Image.Image:
        """Make an image; record what is pasted into a mask, because each letter has its own."""
        image = Image.new(mode, size, *colour)
        if mode == "L" and not colour:
            paste = image.paste

            def recording_paste(letter: Image.Image, box: tuple[int, int, int, int]) -> None:
                self.boxes.append((box[0], box[2]))
                paste(letter, box)

            image.paste = recording_paste  # type: ignore[assignment, method-assign]
        return image
