"""A captcha whose characters touch and whose lines wave, for the option `--captcha`.

`captchas:Touching` has four to six capitals and digits, in the font that comes with Pillow.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SCALE = 2  # characters are drawn larger and scaled down, which smooths their edges


@cache
def font(pixels: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, of this height."""
    return ImageFont.load_default(pixels)  # type: ignore[return-value]


class Touching:
    """Four to six capitals and digits; each touches the next, or lies over its edge."""

    size = (160, 60)
    charset = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0, 1, I and O, as sites do
    length = (4, 6)

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        """Draw `text`; return the picture and the middles of its characters."""
        drawn = [character(each, rng) for each in text]
        widths = np.array([each.width for each in drawn])
        # Each begins 0 to 5 pixels before the end of the one before it.
        lefts = np.append(0, np.cumsum(widths[:-1] - rng.integers(0, 6, len(text) - 1)))
        lefts = lefts + (self.size[0] - lefts[-1] - widths[-1]) // 2 + rng.integers(-4, 5)
        picture = Image.new("L", self.size, 255)
        for image, left in zip(drawn, lefts, strict=True):
            top = (self.size[1] - image.height) // 2 + int(rng.integers(-4, 5))
            picture.paste(0, (int(left), top), image)
        cross_out(picture, rng)
        waved, shift = wave(np.asarray(picture), rng)
        middles = lefts + widths / 2 + shift
        return Image.fromarray(waved), [float(each) for each in middles.clip(0, self.size[0] - 1)]


def character(shown: str, rng: np.random.Generator) -> Image.Image:
    """Draw a character, turned by up to 20 degrees, as a mask without margins."""
    face = font(int(rng.integers(34, 43)) * SCALE)
    left, top, right, bottom = face.getbbox(shown)
    mask = Image.new("L", (round(right - left), round(bottom - top)))
    ImageDraw.Draw(mask).text((-left, -top), shown, fill=255, font=face)
    turned = mask.rotate(rng.uniform(-20, 20), Image.Resampling.BICUBIC, expand=True)
    return turned.crop(turned.getbbox()).reduce(SCALE)


def cross_out(picture: Image.Image, rng: np.random.Generator) -> None:
    """Draw a line from one side to the other, as black as the characters."""
    width, height = picture.size
    ends = [(0, int(rng.integers(15, height - 15))), (width, int(rng.integers(15, height - 15)))]
    ImageDraw.Draw(picture).line(ends, fill=0, width=2)


def wave(picture: NDArray[np.uint8], rng: np.random.Generator) -> tuple[NDArray[np.uint8], float]:
    """Shift columns up and down, and rows left and right, along two waves.

    Returns the picture and the mean shift of its rows, in pixels to the right.
    """
    height, width = picture.shape
    rows, columns = np.arange(height), np.arange(width)
    phases, lengths = rng.uniform(0, 2 * np.pi, 2), rng.uniform((50, 40), (90, 70))
    down = 5 * np.sin(2 * np.pi * columns / lengths[0] + phases[0])
    right = 3 * np.sin(2 * np.pi * rows / lengths[1] + phases[1])
    padded = np.pad(picture, 8, constant_values=255)
    from_rows = np.rint(rows[:, np.newaxis] - down).astype(int) + 8
    from_columns = np.rint(columns - right[:, np.newaxis]).astype(int) + 8
    return padded[from_rows, from_columns], float(right[height // 4 : -height // 4].mean())
