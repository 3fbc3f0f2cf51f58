"""Pictures of other sizes are fitted to the card's size, and their placement is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from capslice.models.sizing import STRETCH, find_text, place, resized

SIDES = st.tuples(st.integers(1, 60), st.integers(1, 60))
SIZE = (192, 64)
PICTURES = SIDES.flatmap(lambda shape: arrays(np.uint8, shape))


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


@given(PICTURES, SIDES)
def test_any_picture_is_fitted_to_its_text(
    picture: NDArray[np.uint8], size: tuple[int, int]
) -> None:
    left, top, right, bottom = find_text(picture)
    assert 0 <= left < right <= picture.shape[1]
    assert 0 <= top < bottom <= picture.shape[0]
    assert resized(Image.fromarray(picture), size, "text").size == size


@given(st.integers(0, 2**32), st.integers(1, 3))
def test_a_picture_of_the_size_with_ink_everywhere_stays_as_it_is(seed: int, grain: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(256, size=(64 // grain + 1, 192 // grain + 1), dtype=np.uint8)
    picture = picture.repeat(grain, 0).repeat(grain, 1)[:64, :192]
    assert np.array_equal(np.asarray(resized(Image.fromarray(picture), SIZE, "text")), picture)


def _written(size: tuple[int, int], left: int, *, ground: int = 240, ink: int = 60) -> Image.Image:
    image = Image.new("L", size, ground)
    font = ImageFont.load_default(24)
    ImageDraw.Draw(image).text((left, size[1] // 2), "Ab-4=?", ink, font, anchor="lm")
    return image


@given(
    st.integers(120, 400),
    st.integers(36, 120),
    st.floats(0, 1),
    st.sampled_from([(240, 60), (255, 215), (20, 200), (128, 90)]),
)
def test_the_box_of_a_text_contains_its_ink(
    width: int, height: int, where: float, greys: tuple[int, int]
) -> None:
    image = _written(
        (width, height), 4 + round(where * (width - 100)), ground=greys[0], ink=greys[1]
    )
    rows, columns = np.nonzero(np.asarray(image) != greys[0])
    left, top, right, bottom = find_text(np.asarray(image))
    assert left <= columns.min()
    assert columns.max() < right
    assert top <= rows.min()
    assert rows.max() < bottom
    if width > 300:
        assert right - left < 0.7 * width


@pytest.mark.parametrize("left", [4, 150, 300])
def test_a_text_in_a_wide_picture_becomes_large(left: int) -> None:
    fitted = np.asarray(resized(_written((400, 60), left), SIZE, "text"))
    columns = np.flatnonzero((fitted < 150).any(0))
    assert columns[-1] - columns[0] > 110
    assert abs(columns[0] + columns[-1] - 191) < 20


def test_lines_and_a_frame_do_not_hide_where_the_text_lies() -> None:
    image = _written((400, 60), 10)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 399, 59), outline=0)
    draw.line((0, 12, 399, 50), 0)
    _, _, right, _ = find_text(np.asarray(image))
    assert 90 < right < 160


def test_pale_letters_among_dark_lines_are_kept() -> None:
    image = _written((300, 60), 190, ink=210)
    ImageDraw.Draw(image).line((0, 5, 120, 50), 0, 4)
    left, _, right, _ = find_text(np.asarray(image))
    assert left < 10
    assert right > 270


@pytest.mark.parametrize(
    ("own", "stretch"), [((40, 40), STRETCH[1]), ((160, 60), 1.125), ((2000, 40), STRETCH[0])]
)
def test_letters_keep_about_their_shape(own: tuple[int, int], stretch: float) -> None:
    picture = np.random.default_rng(1).integers(256, size=own[::-1], dtype=np.uint8)
    at = place(Image.fromarray(picture), SIZE, "text")
    assert at.width / own[0] == pytest.approx(stretch * at.height / own[1])
    assert at.left == pytest.approx((SIZE[0] - at.width) / 2)
    assert at.top == pytest.approx((SIZE[1] - at.height) / 2)


def test_the_placement_tells_where_a_column_went() -> None:
    image = _written((400, 60), 280)
    at = place(image, SIZE, "text")
    inked = np.flatnonzero((np.asarray(image) < 150).any(0))
    fitted = np.flatnonzero((np.asarray(resized(image, SIZE, "text")) < 150).any(0))
    for before, after in ((inked[0], fitted[0]), (inked[-1], fitted[-1])):
        assert abs(at.left + (before + 0.5) * at.width / 400 - after - 0.5) < 2
