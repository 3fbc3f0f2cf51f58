"""Several captchas mixed, for one model that reads them all: what is like the article's.

Half are varied ones, the others are the original's, in each of its styles: any of the ten
digits in many fonts, about the article's places or as far apart as the font has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.pictures.article import ArticleCaptcha
from training.pictures.captcha import Captcha
from training.pictures.securityimage import SecurityImageCaptcha
from training.pictures.securityimage_styles import STYLES
from training.pictures.varied import VariedCaptcha

CHARSET = "0123456789"
ELLIPSE = "ellipse"


class Member(NamedTuple):
    """A captcha, and which part of all pictures is of it."""

    captcha: Captcha
    share: float


def members() -> tuple[Member, ...]:
    """The article's style is the one that is to be read best."""
    original = SecurityImageCaptcha(charset=CHARSET)
    others = [style for style in STYLES if style != ELLIPSE]
    return (
        Member(VariedCaptcha(CHARSET), 0.5),
        Member(original, 0.25),
        Member(replace(original, at_columns=True), 0.07),
        *(Member(replace(original, style=style), 0.18 / len(others)) for style in others),
    )


@dataclass(frozen=True)
class MixedCaptcha(ArticleCaptcha):
    """Draws what its members draw, who all know where their digits are."""

    name = "mixed"

    charset: str = CHARSET
    members: tuple[Member, ...] = field(default_factory=members)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The families that its members draw in."""
        return tuple(sorted({font for captcha, _ in self.members for font in captcha.fonts}))

    def unseen(self) -> MixedCaptcha:
        """The same in the families that are held out. Raises GlyphError where there is none."""
        unseen = tuple(Member(captcha.unseen(), share) for captcha, share in self.members)
        return replace(self, members=unseen)

    def draw_taught(
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
                pictures[mine], middles[mine] = captcha.draw_taught(codes[mine], rng)
        return pictures, middles
