"""Imitations of libraries: reproducible, of any text, with middles where the ink is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capslice.training.pictures.fonts import find_faces
from capslice.training.pictures.general.general import GeneralCaptcha
from capslice.training.pictures.general.imitations import IMITATIONS
from capslice.training.pictures.general.variety import Variety

EACH = pytest.mark.parametrize("name", IMITATIONS)
FACES = find_faces()[::40]
# In this font, N and U have the same width.
MONOSPACED = [face for face in find_faces() if face.name == "DejaVuSansMono 400"]
TEXTS = ("7b", "K4T9", "mwxyz", "AbCdEf", "3+4=?", "123456789")


@EACH
def test_any_text_has_a_picture_and_a_middle_for_each_character(
    name: str, rng: np.random.Generator
) -> None:
    for text in TEXTS * 4:
        picture, middles = IMITATIONS[name](text, FACES, rng)
        height, width = picture.shape
        assert picture.dtype == np.uint8
        assert 15 <= height <= 200
        assert 30 <= width <= 900
        assert int(picture.max()) - int(picture.min()) > 20
        assert middles.shape == (len(text), 2)
        assert middles.dtype == float
        assert (middles >= 0).all()
        assert (middles <= (width, height)).all()
        assert (np.diff(middles[:, 0]) > 0).all()


@EACH
def test_the_same_seed_draws_the_same_pixels(name: str) -> None:
    first, again = (IMITATIONS[name]("K4T9", FACES, np.random.default_rng(8)) for _ in range(2))
    assert np.array_equal(first.picture, again.picture)
    assert np.array_equal(first.middles, again.middles)


@EACH
def test_a_picture_changes_where_a_character_does(name: str) -> None:
    """With the same random values, what differs lies around the middle of the other character."""
    away = []
    for seed in range(50):
        one, other = (
            IMITATIONS[name](text, MONOSPACED, np.random.default_rng(seed))
            for text in ("NNNNN", "NNUNN")
        )
        if one.picture.shape == other.picture.shape:
            changed = np.abs(one.picture.astype(int) - other.picture).sum(0)
            if changed.any():
                column = (changed * (np.arange(changed.size) + 0.5)).sum() / changed.sum()
                away.append(abs(column - one.middles[2, 0]) / np.diff(one.middles[:, 0]).mean())
    assert len(away) > 5
    assert np.median(away) < 0.3


def test_the_general_captcha_draws_them(rng: np.random.Generator) -> None:
    captcha = GeneralCaptcha(variety=replace(Variety(), imitation_share=1))
    codes = captcha.random_codes(50, rng)
    pictures, middles = captcha.draw_with_middles(codes, rng)
    assert (pictures.max((1, 2)) > pictures.min((1, 2)) + 10).all()
    assert np.array_equal(np.isnan(middles), codes == -1)


def test_all_looks_are_drawn() -> None:
    assert {name for name, _ in Variety().imitations} == set(IMITATIONS)
