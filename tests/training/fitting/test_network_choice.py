"""Slice networks where characters stay in their slices, a whole-picture network where not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capslice.errors import NetworkError
from capslice.training.fitting.network_choice import choose_networks
from capslice.training.networks.shape import SMALL
from capslice.training.networks.slices import is_large_enough, slice_network
from capslice.training.pictures import EllipseCaptcha, SecurityImageCaptcha, draw_set


def test_slices_or_the_whole_picture(rng: np.random.Generator) -> None:
    fixed, wandering = EllipseCaptcha(), SecurityImageCaptcha()
    even = fixed.slicings["equal"]
    choice = choose_networks(draw_set(fixed, 200, rng), even)
    assert choice.networks == "shared"
    assert choice.reason.startswith("each character stays in its place: ")
    data = draw_set(wandering, 200, rng)
    assert choose_networks(data, even).networks == "whole"
    assert choose_networks(replace(data, middles=None), even).networks == "whole"
    assert choose_networks(data, fixed.slicings["seed"]).networks == "each"
    at_columns = draw_set(replace(wandering, at_columns=True), 200, rng)
    assert choose_networks(at_columns, even).networks == "shared"


def test_no_slice_networks_for_slices_that_are_too_small(rng: np.random.Generator) -> None:
    samples = draw_set(EllipseCaptcha(), 200, rng)
    narrow = tuple((left, left + 32) for left, _ in EllipseCaptcha().slicings["equal"])
    assert choose_networks(samples, narrow) == (
        "whole",
        "a character has 32x80 pixels, too few for 4 blocks",
    )
    assert choose_networks(samples, narrow, replace(SMALL, blocks=3)).networks == "shared"
    # A network can be built for every slice that is large enough, and for no other.
    for width in range(20, 50):
        if is_large_enough(60, width, SMALL):
            slice_network(60, width, 8, SMALL)
        else:
            with pytest.raises(NetworkError, match="or `--networks whole`"):
                slice_network(60, width, 8, SMALL)
