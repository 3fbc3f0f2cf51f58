"""Chooses the networks that suit a captcha, by samples of it.

Only the column network reads texts of several lengths. For texts of one length, the choice is
between slice networks and the whole-picture network.

Slice networks are cheaper to train, and suffice where each character stays in its slice. If the
middles of the characters are known, they decide. Otherwise the ink does: where characters stay in
their slices, what changes from picture to picture is in the middles of the slices, and little of it
between them. Slices that are too small for a network rule slice networks out.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from capslice.training.networks.shape import SMALL, NetworkShape, Sharing
from capslice.training.networks.slices import is_large_enough
from capslice.training.pictures import PAD, DataSet, Slices

MAX_OFFSET = 0.25  # of a slice's width: how far from the middle a character may stand
MAX_INK_BETWEEN = 0.8  # ink between slices, as a share of the ink in their middles
STRIPE = 8  # the middle of a slice, and the place between two, is an eighth of a slice wide


class NetworkChoice(NamedTuple):
    """The networks that suit a captcha, and the reason."""

    networks: Sharing
    reason: str


def choose_networks(samples: DataSet, slices: Slices, shape: NetworkShape = SMALL) -> NetworkChoice:
    """Choose for pictures like these, with these slices and slice networks of this shape."""
    lengths = (samples.codes != PAD).sum(1)
    if lengths.min() < lengths.max():
        return NetworkChoice("columns", f"texts have {lengths.min()} to {lengths.max()} characters")
    widths = {right - left for left, right in slices}
    height = samples.pictures.shape[1]
    if not is_large_enough(height, min(widths), shape):
        small = f"a character has {min(widths)}x{height} pixels, too few for {shape.blocks} blocks"
        return NetworkChoice("whole", small)
    if len(widths) > 1:
        return NetworkChoice("each", "the places of the characters differ in width")
    (width,) = widths
    if samples.middles is not None:
        offset = np.quantile(abs(samples.middles - np.mean(slices, axis=1)), 0.95)
        stays = bool(offset <= MAX_OFFSET * width)
        fact = (
            f"95 % stand within {offset:.0f} pixels of the middle of their place, which is {width} "
            "wide"
        )
    else:
        ink = _ink_between(samples, slices)
        stays = ink <= MAX_INK_BETWEEN
        fact = f"between two places is {ink * 100:.0f} % of the ink that is in their middles"
    if stays:
        return NetworkChoice("shared", f"each character stays in its place: {fact}")
    return NetworkChoice("whole", f"characters leave their places: {fact}")


def _ink_between(samples: DataSet, slices: Slices) -> float:
    """The ink at the edges of slices, as a share of the ink in their middles."""
    deviations = samples.pictures.std(0, dtype=np.float32).mean(0)
    # Noise is the same in all columns.
    deviations -= deviations.min()
    (width,) = {right - left for left, right in slices}
    half = max(1, width // STRIPE // 2)

    def ink_at(columns: list[float]) -> float:
        near = [deviations[max(0, int(c) - half) : int(c) + half + 1].mean() for c in columns]
        return float(np.mean(near))

    edges = ink_at([(left + right) / 2 for (_, left), (right, _) in pairwise(slices)])
    return edges / max(ink_at([(left + right) / 2 for left, right in slices]), 1e-9)
