"""Pictures of other sizes are fitted to the card's size, and their placement is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capslice.models.sizing import place, resized

SIDES = st.tuples(st.integers(1, 60), st.integers(1, 60))


@given(SIDES, SIDES)
def test_a_padded_picture_lies_at_the_left_and_keeps_its_shape(
    own: tuple[int, int], size: tuple[int, int]
) -> None:
    at = place(Image.new("L", own, 7), size, "padded")
    assert at.width <= size[0]
    assert at.height <= size[1]
    assert at.left == 0
    assert abs(2 * at.top + at.height - size[1]) <= 1
    if own[0] <= size[0] and own[1] <= size[1]:
        assert (at.width, at.height) == own
    else:
        assert at.width == size[0] or at.height == size[1]
    assert resized(Image.new("L", own, 7), size, "padded").size == size


@given(SIDES, SIDES)
def test_a_stretched_picture_fills_the_size(own: tuple[int, int], size: tuple[int, int]) -> None:
    image = Image.new("L", own, 7)
    assert place(image, size, "stretched") == place(image, size, "one") == (0, 0, *size)
    assert resized(image, size, "stretched").size == size


def test_padding_has_the_grey_of_the_edge() -> None:
    image = Image.new("L", (4, 4), 200)
    image.putpixel((1, 1), 0)
    padded = np.asarray(resized(image, (8, 6), "padded"))
    assert padded[2, 1] == 0
    assert (padded == 200).sum() == 8 * 6 - 1
