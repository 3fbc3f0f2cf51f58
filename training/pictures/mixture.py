"""Mixes labelled pictures with others in each batch that a network learns from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from capslice.errors import DataSetError
from capslice.training.pictures.augmentation import Pool
from capslice.training.pictures.captcha import Captcha
from capslice.training.pictures.dataset import DataSet, draw_set, joined


@dataclass(frozen=True)
class Mixture:
    """Labelled pictures, and others of the same size and charset.

    labelled: what is left of each batch is drawn from here.
    others:   sources, each with its share of a batch, in [0, 1).

    Raises DataSetError where the shares leave nothing for the labelled pictures.
    """

    labelled: Pool
    others: tuple[tuple[Pool | Captcha, float], ...]

    def __post_init__(self) -> None:
        if sum(share for _, share in self.others) >= 1:
            raise DataSetError(
                "nothing of a batch is left for the labelled pictures: lower --rejected-share or "
                "--general-share"
            )

    def draw(self, count: int, rng: np.random.Generator) -> DataSet:
        """Draw `count` pictures, those of the same source side by side."""
        # Rounded where each source ends, so that together they never exceed `count`.
        ends = [round(end * count) for end in accumulate(share for _, share in self.others)]
        parts = [self.labelled.draw(count - ends[-1], rng)]
        for (source, _), number in zip(self.others, np.diff([0, *ends]), strict=True):
            if isinstance(source, Captcha):
                parts.append(draw_set(source, number, rng))
            else:
                parts.append(source.draw(number, rng))
        return joined([part for part in parts if len(part)])
