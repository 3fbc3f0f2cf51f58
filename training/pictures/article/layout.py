"""What the article's captcha and those like it share: a size, and where six digits stand.

The author of the article cut between the digits, which gives six widths; windows around the
digits, or an even division of the picture, give one width, so that one network can serve all.
"""

from __future__ import annotations

from itertools import pairwise
from math import hypot

from capslice.training.pictures.article.glyphs import TILE_SIZE
from capslice.training.pictures.captcha import Captcha, Slices

# "make the slices 51 pixels wide and just drop the gaps"
EQUAL_WIDTH = 51


class ArticleCaptcha(Captcha):
    """Of the article's size and places.

    columns: left edges of the digits' tiles, one a digit.
    cuts:    the columns at which the author of the article slices the picture.
    """

    size = (310, 80)
    length = 6
    columns = (17, 57, 115, 170, 217, 260)
    cuts = (54, 110, 170, 215, 262)

    @property
    def slicings(self) -> dict[str, Slices]:
        """Windows of 51 columns about the digits; even parts; and the article's cuts.

        These are slices of 54, 56, 60, 45, 47 and 48 columns.
        """
        # A tile that is turned in place is at most as wide as its diagonal.
        reach = hypot(*TILE_SIZE)
        lefts = [round(column + reach / 2 - EQUAL_WIDTH / 2) for column in self.columns]
        equal = tuple((left, left + EQUAL_WIDTH) for left in lefts)
        seed = tuple(pairwise((0, *self.cuts, self.size[0])))
        return {"equal": equal, **super().slicings, "seed": seed}
