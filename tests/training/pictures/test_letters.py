"""Captchas of letters and of sums: reproducible, of every length, with middles where the ink is."""

from __future__ import annotations

import numpy as np
import pytest

from capslice.errors import DrawingError
from capslice.models.sums import value
from capslice.training.pictures import (
    CAPTCHAS,
    EllipseCaptcha,
    LettersCaptcha,
    SumCaptcha,
    draw_set,
    texts_of,
)
from capslice.training.pictures import letters as drawing

KINDS = (LettersCaptcha, SumCaptcha)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_generator_draws_the_same_pixels(kind: type[LettersCaptcha]) -> None:
    first, again = (draw_set(kind(), 40, np.random.default_rng(3)) for _ in range(2))
    assert first.pictures.shape == (40, 60, 160)
    assert np.array_equal(first.pictures, again.pictures)
    assert len(np.unique(first.pictures, axis=0)) == 40


def test_all_lengths_and_characters_occur(rng: np.random.Generator) -> None:
    captcha = CAPTCHAS["letters"]()
    texts = texts_of(captcha.random_codes(2000, rng), captcha.charset)
    assert {len(text) for text in texts} == {4, 5, 6}
    assert set("".join(texts)) == set(captcha.charset)
    assert len(captcha.charset) == 32


def test_middles_are_where_the_ink_is(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_noise = np.zeros((1, 60, 160), np.float32)
    monkeypatch.setattr(drawing, "_noise", lambda *_: without_noise.copy())
    for text in ("888888", "HHHH", "8H8H8"):
        codes = np.array([[LettersCaptcha().charset.index(each) for each in text]])
        pictures, (middles,) = LettersCaptcha().draw_with_middles(codes, rng)
        opacity = pictures[0].max() - pictures[0].astype(float)
        columns = np.arange(160)
        ink = (opacity.sum(0) * columns).sum() / opacity.sum()
        assert middles.mean() == pytest.approx(ink, abs=3)
        assert (np.diff(middles) > 10).all()
        assert 0 < middles.min() < middles.max() < 160


def test_middles_are_unknown_after_the_end_of_a_text(rng: np.random.Generator) -> None:
    data = draw_set(LettersCaptcha(), 100, rng)
    assert data.middles is not None
    assert np.array_equal(np.isnan(data.middles), data.codes < 0)


def test_lengths_can_be_chosen(rng: np.random.Generator) -> None:
    five = LettersCaptcha().of_length(5, 5)
    assert len(five.random_text(rng)) == 5
    assert LettersCaptcha().of_length(1, 1).draw("7", rng).size == (160, 60)
    assert LettersCaptcha().of_length(1, 8).draw("WWWWWWWW", rng).size == (160, 60)
    for shortest, length in ((0, 4), (5, 4), (4, 9)):
        with pytest.raises(DrawingError, match="choose from 1 to 8"):
            LettersCaptcha().of_length(shortest, length)


@pytest.mark.parametrize("captcha", [EllipseCaptcha(), SumCaptcha()])
def test_other_captchas_keep_their_lengths(captcha: EllipseCaptcha | SumCaptcha) -> None:
    assert captcha.of_length(captcha.shortest, captcha.length) is captcha
    with pytest.raises(DrawingError, match=f"'{captcha.name}' always has .* characters"):
        captcha.of_length(2, 9)


def test_every_sum_has_a_value(rng: np.random.Generator) -> None:
    captcha = SumCaptcha()
    texts = texts_of(captcha.random_codes(3000, rng), captcha.charset)
    assert all(captcha.can_show(text) for text in texts)
    values = [value(text) for text in texts]
    assert all(each is not None and 0 <= each <= 81 for each in values)
    assert set("".join(texts)) == set(captcha.charset)
    assert {text[-1] for text in texts} >= {"=", "?", "1", "9"}
