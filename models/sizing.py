"""Fits pictures of other sizes to the size that a model reads.

Training and reading use the same code. `place` says where the picture lies afterwards, so that
training can move the known columns of the characters along.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

# one:       all pictures should have the model's size; others are stretched, with a warning.
# stretched: pictures of many sizes are stretched to the model's size.
# padded:    pictures of many sizes keep their shape and lie at the left, where reading starts,
#            in the middle of the height; they are shrunk only if they do not fit.
Sizes = Literal["one", "stretched", "padded"]


class Placement(NamedTuple):
    """Where a picture lies in another one, and its size there, in pixels."""

    left: int
    top: int
    width: int
    height: int


def place(own: tuple[int, int], size: tuple[int, int], sizes: Sizes) -> Placement:
    """Compute where a picture of size `own` lies in one of `size`, both (width, height)."""
    if sizes != "padded":
        return Placement(0, 0, *size)
    scale = min(1, size[0] / own[0], size[1] / own[1])
    width, height = (max(1, round(side * scale)) for side in own)
    return Placement(0, (size[1] - height) // 2, width, height)


def resized(image: Image.Image, size: tuple[int, int], sizes: Sizes) -> Image.Image:
    """Fit a grey picture to `size` (width, height); padding gets the median grey of its edge."""
    left, top, *own = place(image.size, size, sizes)
    if image.size != tuple(own):
        image = image.resize((own[0], own[1]), Image.Resampling.BICUBIC)
    if image.size == size:
        return image
    grey = np.asarray(image)
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    padded = Image.new("L", size, int(np.median(edge)))
    padded.paste(image, (left, top))
    return padded
