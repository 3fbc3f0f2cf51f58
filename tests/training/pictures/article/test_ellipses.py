"""The article's captcha: the author's pixels, reproducible, and within the author's ranges."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from benchmarks.drawing import article
from capslice.errors import DrawingError
from capslice.training.pictures import EllipseCaptcha, Scatter

CAPTCHA = EllipseCaptcha()
texts = st.text(CAPTCHA.charset, min_size=6, max_size=6)
seeds = st.integers(0, 2**63)


def free_sans() -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype("FreeSans.ttf", 27)
    except OSError:
        pytest.skip("the system has no FreeSans (Debian: fonts-freefont-ttf)")


class Replayed(random.Random):
    """A stand-in for `random` in the article's code, which replays the values of a scatter."""

    def __init__(self, text: str, scatter: Scatter) -> None:
        super().__init__()
        self._digits = map(int, text)
        self._angles = map(float, scatter.angles[0])
        self._integers = map(int, (*scatter.rows[0], *scatter.pepper.ravel()))

    def choice(self, seq: object) -> int:
        return next(self._digits)

    def uniform(self, a: float, b: float) -> float:
        return next(self._angles)

    def randint(self, a: int, b: int) -> int:
        return next(self._integers)


@pytest.mark.parametrize("seed", range(50))
def test_the_pixels_are_the_authors(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = CAPTCHA.random_codes(1, rng)
    text = "".join(CAPTCHA.charset[code] for code in codes[0])
    scatter = CAPTCHA.scatter(1, rng)
    theirs = article(free_sans(), Replayed(text, scatter))
    assert np.array_equal(CAPTCHA.render(codes, scatter)[0], theirs)


@given(st.lists(st.floats(-45, 45), min_size=6, max_size=6), seeds)
@example([0.0, -0.0, 45.0, -45.0, 30.0, 1e-9], 0)
def test_tiles_are_rotated_as_by_pillow(angles: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = CAPTCHA.random_codes(1, rng)
    drawn = CAPTCHA.scatter(1, rng)
    scatter = Scatter(np.array([angles]), drawn.rows, drawn.pepper[:, :0])
    expected = Image.fromarray(CAPTCHA._background)
    for code, column, angle, row in zip(
        codes[0], CAPTCHA.columns, angles, drawn.rows[0], strict=True
    ):
        tile = CAPTCHA.glyphs.tiles[CAPTCHA.charset[code]].rotate(angle, expand=True)
        expected.paste(tile, (column, int(row)), tile.getchannel("A"))
    assert np.array_equal(CAPTCHA.render(codes, scatter)[0], expected)


@given(seeds)
def test_many_at_once_equal_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes, scatter = CAPTCHA.random_codes(5, rng), CAPTCHA.scatter(5, rng)
    for i, picture in enumerate(CAPTCHA.render(codes, scatter)):
        one = slice(i, i + 1)
        alone = Scatter(scatter.angles[one], scatter.rows[one], scatter.pepper[one])
        assert np.array_equal(CAPTCHA.render(codes[one], alone)[0], picture)


@given(texts, seeds)
def test_the_same_seed_draws_the_same_pixels(text: str, seed: int) -> None:
    first, second = (CAPTCHA.draw(text, np.random.default_rng(seed)) for _ in range(2))
    assert first.mode == "L"
    assert first.size == CAPTCHA.size == (310, 80)
    assert np.array_equal(first, second)


def test_the_next_picture_differs(rng: np.random.Generator) -> None:
    assert not np.array_equal(CAPTCHA.draw("234568", rng), CAPTCHA.draw("234568", rng))


@given(seeds)
def test_scatter_stays_in_the_authors_ranges(seed: int) -> None:
    scatter = CAPTCHA.scatter(1, np.random.default_rng(seed))
    assert (np.abs(scatter.angles) <= 45).all()
    assert ((scatter.rows >= 14) & (scatter.rows <= 45)).all()
    assert scatter.pepper.shape == (1, 500, 2)
    assert (scatter.pepper >= 0).all()
    assert (scatter.pepper < (310, 80)).all()


def test_scatter_reaches_the_ends_of_its_ranges(rng: np.random.Generator) -> None:
    scatter = CAPTCHA.scatter(300, rng)
    assert set(scatter.rows.ravel()) == set(range(14, 46))
    assert scatter.angles.min() < -44
    assert scatter.angles.max() > 44


def test_only_the_six_digits_occur(rng: np.random.Generator) -> None:
    assert set("".join(CAPTCHA.random_text(rng) for _ in range(200))) == set("234568")


@pytest.mark.parametrize("text", ["", "23456", "2345688", "234567", "23456a"])
def test_a_text_that_cannot_be_drawn(text: str, rng: np.random.Generator) -> None:
    with pytest.raises(DrawingError, match="6 characters of 234568"):
        CAPTCHA.draw(text, rng)
