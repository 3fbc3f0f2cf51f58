"""Mixes labelled pictures with others in each batch that a network learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capslice.training.pictures.augmentation import Pool
from capslice.training.pictures.captcha import Captcha
from capslice.training.pictures.dataset import DataSet, draw_set, joined


@dataclass(frozen=True)
class Mixture:
    """Labelled pictures, and others of the same size and charset.

    labelled: what is left of each batch is drawn from here.
    others:   sources, each with its share of a batch, in [0, 1); all shares together are below 1.
    """

    labelled: Pool
    others: tuple[tuple[Pool | Captcha, float], ...]

    def draw(self, count: int, rng: np.random.Generator) -> DataSet:
        """Draw `count` pictures, those of the same source side by side."""
        numbers = [round(share * count) for _, share in self.others]
        parts = [self.labelled.draw(count - sum(numbers), rng)]
        for (source, _), number in zip(self.others, numbers, strict=True):
            if isinstance(source, Captcha):
                parts.append(draw_set(source, number, rng))
            else:
                parts.append(source.draw(number, rng))
        return joined([part for part in parts if len(part)])
