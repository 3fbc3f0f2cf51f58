"""Pictures like those of npm's svg-captcha: hollow letters with a shadow, and a few curves.

The package draws its letters as paths in the order in which chance puts them: a curve lies over
some letters and under others.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.imitations.drawing import (
    SHIFT,
    Drawn,
    cell,
    choose_alike,
    cubic,
    random_grey,
)
from capslice.training.pictures.general.strokes import blend

ALIKE = ("Delius", "Kalam", "IndieFlower", "Quicksand", "Comfortaa", "MavenPro")
SIZES = ((150, 50), (150, 50), (150, 50), (120, 40), (100, 40), (200, 60))  # pixels
EM = 0.75  # of the height
PLAIN_SHARE = 0.25  # of pictures in a font that is not hollow
DARK = 69  # the lightest grey of letters
CURVES = (1, 1, 1, 2, 3, 5)
INVERSE_SHARE = 0.1


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text; the letters are at even distances."""
    face = choose_alike(faces, ALIKE, text, rng)
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    em = height * EM * rng.uniform(0.85, 1.1)
    hollow = rng.random() > PLAIN_SHARE
    inverse = rng.random() < INVERSE_SHARE
    coloured = rng.random() < 0.3
    spacing = (width - 2) / (len(text) + 1)
    em = min(em, 1.6 * spacing)
    middles, order = [], []
    picture = np.full((height, width), 255, np.uint8)
    for i, character in enumerate(text):
        mask, drop = cell(face, character, em)
        middles.append((spacing * (i + 1), height / 2 + drop))
        order.append((_hollow(mask, em) if hollow else mask, middles[-1]))
    curves = [_curve(width, height, rng) for _ in range(int(rng.choice(CURVES)))]
    for which in rng.permutation(len(order) + len(curves)):
        grey = random_grey(60, 190, rng) if coloured else float(rng.integers(0, DARK))
        if which < len(order):
            mask, middle = order[which]
            blend(picture, mask, middle, grey)
        else:
            line = curves[which - len(order)]
            grey = grey if coloured else float(rng.integers(17, 154))
            cv2.polylines(picture, [line], False, grey, 1, cv2.LINE_AA, SHIFT)
    if inverse:
        picture = 255 - picture
    elif coloured and rng.random() < 0.5:
        ground = rng.uniform(0.8, 1)
        picture = (picture * ground).astype(np.uint8)
    return Drawn(picture, np.array(middles))


def _hollow(mask: NDArray[np.uint8], em: float) -> NDArray[np.uint8]:
    """The outline of a letter, with a shadow at its right and below."""
    step = max(2, round(em / 14))
    wide = np.pad(mask, step + 1)
    thick = np.asarray(cv2.dilate(wide, np.ones((2, 2), np.uint8)), np.uint8)
    shadow = thick.copy()
    for shift in range(1, step + 1):
        np.maximum(shadow, np.roll(thick, (shift, shift), (0, 1)), out=shadow)
    inner = np.asarray(cv2.erode(thick, np.ones((2, 2), np.uint8)), np.uint8)
    return np.where(inner > 128, 255 - inner, shadow)


def _curve(width: int, height: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """A curve from the left to the right."""
    x = np.multiply((0, 0.5, 0.5, 1), width) + rng.uniform((1, -21, -21, -21), (21, 21, 21, -1))
    return cubic(x, rng.uniform(1, height - 1, 4))
