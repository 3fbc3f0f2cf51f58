"""Pictures of Perl's GD::SecurityImage in all its styles, with letters and digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.imitations.drawing import Drawn, cell, choose_alike, points
from capslice.training.pictures.general.strokes import blend
from capslice.training.pictures.securityimage import gd
from capslice.training.pictures.securityimage.securityimage import ANGLES, PITCH, ROWS
from capslice.training.pictures.securityimage.styles import STYLES

ALIKE = ("DejaVuSans", "FreeSans", "FreeSerif")
SIZES = ((310, 80), (250, 80), (210, 60), (180, 50), (150, 40), (120, 40))  # pixels
LINES = (5, 10, 20)
LARGE = 60  # pixels of height; smaller pictures have no 20 lines
BOX, BORDER = "box", 5  # the border of a box, in pixels
CAPITAL = 0.73  # height of a capital letter, in ems
EM = (0.28, 0.42)  # in heights of the picture
GROUNDS, INKS, LINE_GREYS = (255, 255, 221, 235), (0, 0, 40, 62), (0, 0, 136, 145, 110)


def draw(text: str, faces: Sequence[Face], rng: np.random.Generator) -> Drawn:
    """Draw a text, scrambled or in one row; long texts are made smaller."""
    face = choose_alike(faces, ALIKE, text, rng)
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    em = height * rng.uniform(*EM)
    scrambled = rng.random() < 0.7
    angles = rng.choice(ANGLES, len(text)) if scrambled else np.zeros(len(text))
    widths = _widths(text, face, em, scrambled)
    if sum(widths) > width - 8:
        em *= (width - 8) / sum(widths)
        widths = _widths(text, face, em, scrambled)
    columns = (width - sum(widths)) / 2 + np.cumsum(widths) - np.array(widths) / 2
    ground, ink, line = (int(rng.choice(greys)) for greys in (GROUNDS, INKS, LINE_GREYS))
    style = str(rng.choice(list(STYLES)))
    lines = int(rng.choice(LINES if height >= LARGE else LINES[:2]))
    # A black box would hide black letters.
    greys = np.array([ground, ground if style == BOX else line, ink], np.uint8)
    canvas = greys[_background((width, height), style, lines)]
    half, middles = CAPITAL * em / 2, []
    for character, angle, x in zip(text, angles, columns, strict=True):
        mask, drop = cell(face, character, em, angle)
        row = height / 2 + (rng.choice(ROWS) * half if scrambled else drop)
        blend(canvas, mask, (x, row), ink)
        middles.append((x, row))
    if rng.random() < 0.7:
        gd.frame(canvas, line)
    if rng.random() < 0.7:
        x, y = points(int(rng.integers(10, width * height // 40)), (width, height), rng).T
        gd.points(canvas, x, y, ink)
    return Drawn(canvas, np.array(middles))


def _widths(text: str, face: Face, em: float, scrambled: bool) -> list[float]:
    """The room of each character in pixels: always the same if they are scrambled."""
    if scrambled:
        return [PITCH * cell(face, "A", em).mask.shape[1]] * len(text)
    return [cell(face, character, em).mask.shape[1] + em / 10 for character in text]


@cache
def _background(size: tuple[int, int], style: str, lines: int) -> NDArray[np.uint8]:
    """Where the ground (0), the lines (1) and the ink (2) of a style are, (height, width)."""
    canvas = np.zeros(size[::-1], np.uint8)
    STYLES[style](canvas, BORDER if style == BOX else lines, 1, 2)
    return canvas
