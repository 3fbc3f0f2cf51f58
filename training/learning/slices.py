"""Where to cut a captcha so that each slice holds one digit.

A slice is a pair of columns (left, right): the picture's columns from `left` up
to, but without, `right`. There are three ways to cut. The author of the article
cut between the digits, which gives six widths; windows around the digits, or an
even division of the picture, give one width, so that one network can serve all six.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import hypot

from training.pictures import Captcha
from training.pictures.glyphs import TILE_SIZE

Slices = tuple[tuple[int, int], ...]

# "make the slices 51 pixels wide and just drop the gaps"
EQUAL_WIDTH = 51


def seed_slices(captcha: Captcha) -> Slices:
    """The author's cuts: six slices of 54, 56, 60, 45, 47 and 48 columns."""
    edges = (0, *captcha.cuts, captcha.size[0])
    return tuple(pairwise(edges))


def equal_slices(captcha: Captcha) -> Slices:
    """Six windows of 51 columns, each about the middle of where its digit can reach."""
    # A tile that is turned in place is at most as wide as its diagonal.
    reach = hypot(*TILE_SIZE)
    lefts = (round(column + reach / 2 - EQUAL_WIDTH / 2) for column in captcha.columns)
    return tuple((left, left + EQUAL_WIDTH) for left in lefts)


def even_slices(captcha: Captcha) -> Slices:
    """The author's other idea: the whole width divided evenly, less the gaps of a column."""
    width = captcha.size[0]
    lefts = (round(i * width / captcha.length) for i in range(captcha.length))
    return tuple((left, left + EQUAL_WIDTH) for left in lefts)


SLICINGS: dict[str, Callable[[Captcha], Slices]] = {
    "equal": equal_slices,
    "even": even_slices,
    "seed": seed_slices,
}
