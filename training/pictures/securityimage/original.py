"""The original in all that it can be, for one model that reads it: GD::SecurityImage.

Any of the ten digits, in many fonts, in each of its styles, mostly as far apart as the font has
it, some in the places where the article saw them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.article.layout import ArticleCaptcha
from capslice.training.pictures.captcha import Captcha
from capslice.training.pictures.securityimage.securityimage import SecurityImageCaptcha
from capslice.training.pictures.securityimage.styles import STYLES

CHARSET = "0123456789"
ELLIPSE, BOX = "ellipse", "box"
LINES = 10
BENT = 0.5  # of the pictures: there are more fonts than are known here


class Member(NamedTuple):
    """A captcha, and which part of all pictures is of it."""

    captcha: Captcha
    share: float


def members() -> tuple[Member, ...]:
    """The article's style is the one that is to be read best."""
    original = SecurityImageCaptcha(charset=CHARSET, bent=BENT)
    # In a box of its usual black, nobody would see black digits, and beside one of 20 pixels only
    # half of some: it is as thick as the module has lines, if nobody says how many.
    box = replace(original, style=BOX, lines=LINES, line=original.background)
    plain = [replace(original, style=style) for style in STYLES if style not in (ELLIPSE, BOX)]
    others = [box, *plain]
    return (
        Member(original, 0.4),
        Member(replace(original, at_columns=True), 0.1),
        *(Member(other, 0.5 / len(others)) for other in others),
    )


@dataclass(frozen=True)
class OriginalCaptcha(ArticleCaptcha):
    """Draws what its members draw, who all know where their digits are."""

    name = "original"

    charset: str = CHARSET
    members: tuple[Member, ...] = field(default_factory=members)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The families that its members draw in."""
        return tuple(sorted({font for captcha, _ in self.members for font in captcha.fonts}))

    def held_out(self) -> OriginalCaptcha:
        """The same in the families that are held out. Raises GlyphError where there is none."""
        unseen = tuple(Member(captcha.held_out(), share) for captcha, share in self.members)
        return replace(self, members=unseen)

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """uint8 (n, 80, 310), and float64 (n, length): where each digit's middle is."""
        shares = np.array([share for _, share in self.members])
        whose = rng.choice(len(shares), len(codes), p=shares / shares.sum())
        pictures = np.empty((len(codes), *self.size[::-1]), np.uint8)
        middles = np.empty(codes.shape)
        for member, (captcha, _) in enumerate(self.members):
            mine = whose == member
            if mine.any():
                pictures[mine], middles[mine] = captcha.draw_with_middles(codes[mine], rng)
        return pictures, middles
