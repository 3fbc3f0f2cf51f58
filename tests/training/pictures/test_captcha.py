"""Texts of any length: drawn evenly, padded, and shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from capslice.errors import DrawingError
from capslice.training.pictures import PAD, Captcha, EllipseCaptcha, codes_of, draw_set, texts_of


class Bars(Captcha):
    """Shows each character as a bar, as dark as its code says."""

    name, size, charset, length, shortest = "bars", (60, 8), "abcd", 6, 4
    fonts = ()

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        pictures = np.full((len(codes), 8, 60), 255, np.uint8)
        middles = np.where(codes == PAD, np.nan, 10.0 * np.arange(6) + 5)
        for picture, row in zip(pictures, codes, strict=True):
            for place, code in enumerate(row[row != PAD]):
                picture[:, 10 * place + 4 : 10 * place + 7] = 40 * code
        return pictures, middles


@given(st.text("xyz", max_size=7), st.text("xyz", max_size=7), st.integers(7, 9))
def test_texts_survive_padding(first: str, second: str, length: int) -> None:
    codes = codes_of([first, second], "zyx", length)
    assert codes.shape == (2, length)
    assert (codes == PAD).sum(1).tolist() == [length - len(first), length - len(second)]
    assert texts_of(codes, "zyx") == [first, second]


def test_each_length_is_equally_likely(rng: np.random.Generator) -> None:
    codes = Bars().random_codes(3000, rng)
    lengths = (codes != PAD).sum(1)
    assert codes.shape == (3000, 6)
    assert np.bincount(lengths).tolist()[:4] == [0, 0, 0, 0]
    assert np.bincount(lengths)[4:] == pytest.approx([1000] * 3, abs=150)
    assert all(np.bincount(codes[codes != PAD]) > 3000)
    assert all(len(text) == n for text, n in zip(texts_of(codes, "abcd"), lengths, strict=True))


def test_one_length_takes_the_same_random_numbers_as_ever() -> None:
    codes = EllipseCaptcha().random_codes(5, np.random.default_rng(1))
    assert np.array_equal(codes, np.random.default_rng(1).integers(6, size=(5, 6)))


@pytest.mark.parametrize("text", ["abca", "abcab", "ddddda"])
def test_a_text_of_any_allowed_length_is_drawn(text: str) -> None:
    picture = np.asarray(Bars().draw(text, np.random.default_rng(1)))
    shown = picture[0, 5::10]
    assert shown.tolist() == [40 * "abcd".index(c) for c in text] + [255] * (6 - len(text))


@pytest.mark.parametrize("text", ["", "abc", "abcdabc", "abcx"])
def test_other_texts_are_refused(text: str, rng: np.random.Generator) -> None:
    with pytest.raises(DrawingError, match="takes 4 to 6 characters of abcd"):
        Bars().draw(text, rng)


def test_a_drawn_set_has_padded_codes_and_middles(rng: np.random.Generator) -> None:
    data = draw_set(Bars(), 50, rng)
    assert data.middles is not None
    assert np.array_equal(np.isnan(data.middles), data.codes == PAD)
    assert {*map(len, data.texts)} == {4, 5, 6}
    assert sum(data.rare().values()) == 0
