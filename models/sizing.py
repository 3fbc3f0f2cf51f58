"""Pictures that are not of the size of their captcha's card, brought to it.

That is done in the same way while a model is fitted and while it reads. What knows where in a
picture something is, learns from `place` where it is then.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

# Of one size, as far as they are what they should be; or of many sizes, and then stretched to that
# of the card, or laid at its left, where reading begins, half way up: made smaller only where they
# would not find room.
Sizes = Literal["one", "stretched", "padded"]


class Place(NamedTuple):
    """Where a picture comes to lie, and how large, in pixels."""

    left: int
    top: int
    width: int
    height: int


def place(own: tuple[int, int], size: tuple[int, int], sizes: Sizes) -> Place:
    """Where one of its `own` (width, height) goes in one of `size`."""
    if sizes != "padded":
        return Place(0, 0, *size)
    smaller = min(1, size[0] / own[0], size[1] / own[1])
    width, height = (max(1, round(side * smaller)) for side in own)
    return Place(0, (size[1] - height) // 2, width, height)


def resized(image: Image.Image, size: tuple[int, int], sizes: Sizes) -> Image.Image:
    """A grey picture as one of `size`. Around one that is padded, it is as on most of its edge."""
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
