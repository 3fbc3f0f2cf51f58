"""Varied captchas: same state, same pixels, legible, in no face that models are judged on."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.commands import error_of, run
from training.pictures import VariedCaptcha
from training.pictures.fonts import Face, find_faces
from training.pictures.varied import CHARSET, TILE_HALF, Variety, glyph

JUDGES = (
    "Liberation", "Nimbus", "URW", "Open Sans", "Lato", "Cantarell", "Carlito", "Inter",
    "Arimo", "Tinos", "Cousine", "Arial", "Helvetica", "Times", "Courier",
)  # fmt: skip
PLAIN = replace(
    Variety(),
    ellipse_ink=(255, 255),
    background=(255, 255),
    ink=(0, 0),
    weight_share=0,
    fringe_share=0,
    pepper=(0, 0),
    blur_share=0,
    scale_share=0,
    jpeg_share=0,
)


def test_no_face_that_models_are_judged_on() -> None:
    families = {face.family for face in find_faces()}
    assert families
    assert not [family for family in families for judge in JUDGES if family.startswith(judge)]


@pytest.mark.parametrize("face", find_faces(), ids=lambda face: face.name)
def test_every_face_has_its_six_digits(face: Face) -> None:
    glyphs = [np.asarray(glyph(face, character)) for character in CHARSET]
    for picture in glyphs:
        assert 100 < (picture > 128).sum() < picture.size / 4
        # Whole, however it is turned.
        assert not picture[[0, -1]].any()
        assert not picture[:, [0, -1]].any()
    assert not any(np.array_equal(one, other) for one, other in combinations(glyphs, 2))


def test_the_ranges_are_ranges() -> None:
    for name, value in asdict(Variety()).items():
        if name.endswith("_share"):
            assert 0 <= value <= 1, name
        else:
            low, high = value
            assert low < high, name


@given(st.integers(0, 2**63))
def test_same_state_same_pixels(seed: int) -> None:
    captcha = VariedCaptcha()
    first, again = (captcha.draw("234568", np.random.default_rng(seed)) for _ in range(2))
    assert first.size == captcha.size
    assert first.mode == "L"
    assert np.array_equal(first, again)


@given(st.integers(0, 2**63))
def test_each_digit_is_in_its_place(seed: int) -> None:
    captcha = VariedCaptcha(variety=replace(PLAIN, frame_share=0))
    picture = np.asarray(captcha.draw("234568", np.random.default_rng(seed)))
    ink = 1 - picture / 255
    for left in captcha.columns:
        middle = left + TILE_HALF
        assert ink[:, middle - 16 : middle + 17].sum() > 10
        ink[:, max(middle - 29, 0) : middle + 30] = 0
    assert not ink.any()


def test_pepper_is_as_much_as_it_should_be() -> None:
    variety = replace(PLAIN, ink=(0, 0), pepper=(600, 600), font_size=(1, 1.01), frame_share=0)
    rng = np.random.default_rng(1)
    pictures = VariedCaptcha(variety=variety).draw_many(np.zeros((20, 6), np.int64), rng)
    # Some points fall on others.
    assert 540 < (pictures < 100).sum((1, 2)).mean() < 620


def test_the_sheet_of_samples(tmp_path: Path) -> None:
    sheets = [tmp_path / name for name in ("one.png", "again.png", "other.png")]
    for sheet, seed in zip(sheets, (1, 1, 2), strict=True):
        run(
            "training", "samples", "--captcha", "varied", "--count", 7, "--seed", seed,
            "--out", sheet,
        )  # fmt: skip
    one, again, other = (np.asarray(Image.open(sheet)) for sheet in sheets)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    done = run("training", "samples", "--out", tmp_path / "no" / "sheet.png", status=2)
    assert "cannot be written" in error_of(done)
