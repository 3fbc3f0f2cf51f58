"""The layout of the article's captcha: its size, and the columns of its six digits.

The article's author cut between the digits, which gives slices of six widths. Windows around the
digits and an even division give slices of one width, so that one network can read all of them.
"""

from __future__ import annotations

from itertools import pairwise
from math import hypot

from capslice.training.pictures.article.glyphs import TILE_SIZE
from capslice.training.pictures.captcha import Captcha, Slices

# The article proposes: "make the slices 51 pixels wide and just drop the gaps".
EQUAL_WIDTH = 51
TILE_MIDDLE = 13  # columns from the left edge of a digit's tile to the middle of the digit


class ArticleCaptcha(Captcha):
    """A captcha with the article's size and columns.

    columns: the left edge of each digit's tile.
    cuts:    the columns at which the article's author slices the picture.
    """

    size = (310, 80)
    length = 6
    columns = (17, 57, 115, 170, 217, 260)
    cuts = (54, 110, 170, 215, 262)

    @property
    def slicings(self) -> dict[str, Slices]:
        """`equal` windows of 51 columns around the digits, `even` parts, and `seed`.

        `seed` are the article's own slices, which are 54, 56, 60, 45, 47 and 48 columns wide.
        """
        # A rotated tile is at most as wide as its diagonal.
        reach = hypot(*TILE_SIZE)
        lefts = [round(column + reach / 2 - EQUAL_WIDTH / 2) for column in self.columns]
        equal = tuple((left, left + EQUAL_WIDTH) for left in lefts)
        seed = tuple(pairwise((0, *self.cuts, self.size[0])))
        return {"equal": equal, **super().slicings, "seed": seed}
