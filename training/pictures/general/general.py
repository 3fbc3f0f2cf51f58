"""A wide drawing of text captchas: many looks, lengths, sizes and noises.

A network that has seen all of this must learn what a letter is, and then the captcha of a real
site is just one more (domain randomisation: Tobin et al., IROS 2017). The picture is drawn in a
size of its own, and then fitted to the model's size as the reader fits the pictures of a site.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_letters, digits

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from capslice.models.sizing import place, placed
from capslice.training.pictures.captcha import Captcha, codes_of, texts_of
from capslice.training.pictures.fonts import Face, by_family, family_names, find_faces
from capslice.training.pictures.general.clutter import Clutter, choose_clutter
from capslice.training.pictures.general.ground import choose_greys, draw_ground
from capslice.training.pictures.general.imitations import IMITATIONS, WORDS_LOOK
from capslice.training.pictures.general.layout import lay_out
from capslice.training.pictures.general.strokes import paint_letters
from capslice.training.pictures.general.texts import CHARSET, could_be_words, random_text
from capslice.training.pictures.general.variety import Variety, pick
from capslice.training.pictures.general.warping import degrade, warp

# Pictures are small, and each process that draws has one core to itself.
cv2.setNumThreads(1)


@dataclass(frozen=True)
class GeneralCaptcha(Captcha):
    """Draws text captchas in the given `faces`, within the ranges of `variety`."""

    name = "general"
    size = (192, 64)
    charset = CHARSET
    shortest = 2
    length = 10
    sizes = "text"
    usual = ascii_letters + digits  # and no signs, unless the answer is a sum

    faces: tuple[Face, ...] = field(default_factory=find_faces)
    variety: Variety = field(default_factory=Variety)

    @property
    def fonts(self) -> tuple[str, ...]:
        """The families that it draws in; all are equally likely."""
        return family_names(self.faces)

    @cached_property
    def _evenly(self) -> list[Face]:
        """The faces, repeated so that each family has as many as the others."""
        families = by_family(self.faces)
        most = max(len(family) for family in families)
        return [family[i % len(family)] for family in families for i in range(most)]

    def random_codes(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw `count` random codes, int64 (count, 10): each text is of one common alphabet."""
        texts = [random_text(self.variety, rng) for _ in range(count)]
        return codes_of(texts, self.charset, self.length)

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Draw uint8 (n, 64, 192), with middles, float64 (n, 10); see `Captcha`."""
        pictures = np.empty((len(codes), *self.size[::-1]), np.uint8)
        middles = np.full(codes.shape, np.nan)
        for i, text in enumerate(texts_of(codes, self.charset)):
            picture, known = self.draw_in_own_size(text, rng)
            image = Image.fromarray(picture)
            at = place(image, self.size, self.sizes)
            pictures[i] = np.asarray(placed(image, self.size, at))
            columns = at.left + known[:, 0] * at.width / image.width
            middles[i, : len(text)] = columns.clip(0, self.size[0])
        return pictures, middles

    def draw_in_own_size(
        self, text: str, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Draw one picture of `text` in a random size, uint8 (height, width).

        Returns with it the middle (x, y) of each character in pixels, float64 (length, 2).
        """
        variety = self.variety
        if could_be_words(text, variety) and rng.random() < variety.words_look_share:
            return IMITATIONS[WORDS_LOOK](text, self._evenly, rng)
        if rng.random() < variety.imitation_share:
            return IMITATIONS[pick(variety.imitations, rng)](text, self._evenly, rng)
        calm = rng.random() < variety.calm_share
        variety = variety.eased(rng.uniform(*variety.difficulty))
        layout = lay_out(text, self._evenly, variety, calm, rng)
        greys = choose_greys(variety, layout.thin, rng)
        picture = draw_ground((layout.height, layout.width), greys, variety, calm, rng)
        clutter = [] if calm else choose_clutter(variety, rng)

        def draw_clutter(wanted: str) -> None:
            for kind, order in clutter:
                if order == wanted:
                    Clutter(picture, greys, layout.capital, self._evenly, variety, rng).draw(kind)

        draw_clutter("under")
        paint_letters(picture, layout, greys, variety, rng)
        draw_clutter("over")
        middles = np.array([each.middle for each in layout.letters])
        if not calm:
            picture, middles = warp(picture, middles, layout.capital, variety, rng)
        draw_clutter("after")
        return degrade(picture, layout.capital, greys.contrast, variety, rng), middles
