"""Slices, or the whole picture: what samples of a captcha say for it.

Slices are the cheaper to learn from, and do where each character keeps to a place of its own.
Where the characters are known to be, that is looked up; else ink tells it: what changes from
picture to picture is then in the middle of the slices, and little of it between them. Slices that
are too small for a network of their own are no choice.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from capslice.training.networks.slices import SMALL, NetworkShape, Sharing, is_large_enough
from capslice.training.pictures import DataSet, Slices

ASIDE = 0.25  # of a slice's width: how far from its middle a character may stand
BETWEEN = 0.8  # how much ink there may be between slices, of what is in their middles
SHARE = 8  # a part of so many of a slice is its middle, or between it and the next


class Recommendation(NamedTuple):
    """Which networks, and why."""

    networks: Sharing
    why: str


def recommend(samples: DataSet, slices: Slices, shape: NetworkShape = SMALL) -> Recommendation:
    """For pictures like these, which would be cut into these slices for networks of this shape."""
    widths = {right - left for left, right in slices}
    height = samples.pictures.shape[1]
    if not is_large_enough(height, min(widths), shape):
        small = f"a slice of {min(widths)}x{height} pixels is too small for {shape.blocks} blocks"
        return Recommendation("whole", small)
    if len(widths) > 1:
        return Recommendation("each", "these slices are not of one width")
    (width,) = widths
    if samples.middles is not None:
        aside = np.quantile(abs(samples.middles - np.mean(slices, axis=1)), 0.95)
        stays = bool(aside <= ASIDE * width)
        told = f"19 of 20 characters stand within {aside:.0f} pixels of the middles of their slices"
    else:
        share = _between(samples, slices)
        stays = share <= BETWEEN
        told = f"where two slices meet there is {share:.0%} of the ink of their middles"
    return Recommendation(
        "shared" if stays else "whole",
        f"{told}, which are {width} wide: {'each keeps to its own' if stays else 'they wander'}",
    )


def _between(samples: DataSet, slices: Slices) -> float:
    """How much of what changes is about the slices' edges, as a part of that in their middles."""
    changes = samples.pictures.std(0, dtype=np.float32).mean(0)
    # Noise is the same in all columns.
    changes -= changes.min()
    (width,) = {right - left for left, right in slices}
    half = max(1, width // SHARE // 2)

    def about(columns: list[float]) -> float:
        near = [changes[max(0, int(c) - half) : int(c) + half + 1].mean() for c in columns]
        return float(np.mean(near))

    edges = about([(left + right) / 2 for (_, left), (right, _) in pairwise(slices)])
    return edges / max(about([(left + right) / 2 for left, right in slices]), 1e-9)
