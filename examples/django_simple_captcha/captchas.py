"""The captcha of django-simple-captcha with its default settings: `--captcha captchas:Letters`."""

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
        random.seed(int(rng.integers(2**63)))  # the library draws all random numbers from here
        try:
            response = views._captcha_image(SimpleNamespace(challenge=text.upper()), scale=1)
        finally:
            views.Image = Image
        return Image.open(io.BytesIO(response.content)), recorder.middles


class PasteRecorder:
    """Replaces `PIL.Image` in the library, to record where it pastes each letter."""

    def __init__(self) -> None:
        self.middles: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(Image, name)

    def new(self, mode: str, size: tuple[int, int], *colour: str) -> Image.Image:
        """Make an image; record what is pasted into a mask, because each letter has its own."""
        image = Image.new(mode, size, *colour)
        if mode == "L" and not colour:
            paste = image.paste

            def recording_paste(letter: Image.Image, box: tuple[int, int, int, int]) -> None:
                self.middles.append((box[0] + box[2]) / 2)
                paste(letter, box)

            image.paste = recording_paste  # type: ignore[assignment, method-assign]
        return image
