"""The captcha of the model `original`: GD::SecurityImage in all its styles and many fonts.

It shows any of the ten digits. Most pictures space them by the font, as the module does; some
place them at the article's columns.
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
DISTORTED_SHARE = 0.5  # of the pictures, to imitate fonts that are not installed


class Member(NamedTuple):
    """A captcha, and its share of all pictures."""

    captcha: Captcha
    share: float


def members() -> tuple[Member, ...]:
    """Return the members of the mixture; half of the pictures have the article's style."""
    original = SecurityImageCaptcha(charset=CHARSET, distorted_share=DISTORTED_SHARE)
    # Black digits would be invisible in a black box, so the box has the background's grey. Its
    # border is as wide as the module's default number of lines; 20 pixels would hide half of
    # some digits.
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
    """Draws a mixture of captchas, `members`, which must all know the middles of their digits."""

    name = "original"

    charset: str = CHARSET
    members: tuple[Member, ...] = field(default_factory=members)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The font families of its members."""
        return tuple(sorted({font for captcha, _ in self.members for font in captcha.fonts}))

    def held_out(self) -> OriginalCaptcha:
        """Return the same captcha in held-out families. Raises MissingExtra if there is none."""
        return replace(
            self,
            members=tuple(Member(captcha.held_out(), share) for captcha, share in self.members),
        )

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Draw uint8 (n, 80, 310), with middles, float64 (n, length); see `Captcha`."""
        shares = np.array([share for _, share in self.members])
        chosen = rng.choice(len(shares), len(codes), p=shares / shares.sum())
        pictures = np.empty((len(codes), *self.size[::-1]), np.uint8)
        middles = np.empty(codes.shape)
        for member, (captcha, _) in enumerate(self.members):
            own = chosen == member
            if own.any():
                pictures[own], middles[own] = captcha.draw_with_middles(codes[own], rng)
        return pictures, middles
