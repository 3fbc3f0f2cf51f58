"""Pictures like those of django-simple-captcha: letters in a row, an arc, two lines, many dots.

Each letter is rendered in a box that ends at its foot. The box is then turned, so that corners of
the letter are often cut off.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.imitations.drawing import (
    Drawn,
    cell,
    choose_alike,
    points,
)
from capslice.training.pictures.general.imitations.pypi_captcha import SMOOTH

ALIKE = ("DejaVuSans",)
EM = 22  # pixels
LARGER = (1, 1, 1, 1.5, 2)  # factors of sizes; the package can also draw for fine screens
ABOVE, CAPITAL = 0.2, 0.73  # in ems: the space above a capital letter, and its height
SPACE = 0.32  # in ems, on both sides of a letter
TOP, GAP = 4, 2  # pixels above and between the letters
TILT = 35  # degrees
INK = 10
DOTS = 0.1  # of all pixels


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text as the package does by default; its length gives the width."""
    face = choose_alike(faces, ALIKE, text, rng)
    em = EM * float(rng.choice(LARGER))
    letters = [_letter(face, character, em, rng) for character in text]
    widths = [letter.shape[1] for letter in letters]
    lefts = GAP + np.cumsum([0, *(width + GAP for width in widths[:-1])])
    size = (int(lefts[-1]) + widths[-1] + GAP + 1, round((ABOVE + CAPITAL) * em * 1.4))
    picture = np.full(size[::-1], 255, np.uint8)
    for letter, left in zip(letters, lefts.tolist(), strict=True):
        part = picture[TOP : TOP + letter.shape[0], left : left + letter.shape[1]]
        opacity = letter[: part.shape[0]].astype(np.float32) / 255
        part[:] = 255 - (255 - INK) * opacity
    _clutter(picture, rng)
    picture = np.asarray(cv2.filter2D(picture, -1, SMOOTH), np.uint8)
    rows = [TOP + min(letter.shape[0], size[1] - TOP) / 2 for letter in letters]
    return Drawn(picture, np.stack([lefts + np.array(widths) / 2, rows], -1))


def _letter(face: Face, character: str, em: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A letter, turned with a box that has no room below it, and cropped to its ink."""
    mask, drop = cell(face, character, em)
    width = mask.shape[1] + round(2 * SPACE * em)
    top = max(0, round((ABOVE + CAPITAL / 2) * em + drop - mask.shape[0] / 2))
    height = top + mask.shape[0]
    box = np.zeros((height, width), np.uint8)
    left = (width - mask.shape[1]) // 2
    box[top:, left : left + mask.shape[1]] = mask
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-TILT, TILT), 1)
    box = np.asarray(cv2.warpAffine(box, turn, (width, height), flags=cv2.INTER_CUBIC), np.uint8)
    x, y, across, down = cv2.boundingRect(box)
    return box[y : y + max(down, 1), x : x + max(across, 1)]


def _clutter(picture: NDArray[np.uint8], rng: np.random.Generator) -> None:
    height, width = picture.shape
    # The text is drawn in a picture twice as wide, and the arc and the lines with it.
    whole = width * 1.2
    cv2.ellipse(picture, (round(whole / 2 - 10), 0), (round(whole / 2 + 10), 20), 0, 0, 295, INK)
    cv2.line(picture, (-20, 20), (width + 20, height - 20), INK)
    cv2.line(picture, (-20, 0), (width + 20, height), INK)
    x, y = points(int(height * width * DOTS), (width, height), rng).T
    picture[y, x] = INK
