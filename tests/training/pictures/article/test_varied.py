"""Varied captchas: reproducible and legible, with their digits where they should be."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capslice.training.pictures import VariedCaptcha
from capslice.training.pictures.article.layout import TILE_MIDDLE
from capslice.training.pictures.article.varied import render_glyph
from capslice.training.pictures.article.variety import THIN, Variety
from capslice.training.pictures.fonts import HELD_OUT, find_faces
from tests.commands import error_of, run

PLAIN = replace(
    Variety(),
    article_share=0,
    pitch_share=0,
    shift=(0, 0),
    ellipse_ink=(255, 255),
    background=(255, 255),
    ink=(0, 0),
    weight_share=0,
    nib_share=0,
    bend_share=0,
    fringe_share=0,
    pepper=(0, 0),
    blur_share=0,
    scale_share=0,
    jpeg_share=0,
)


def test_no_fit_sees_held_out_families() -> None:
    fitted = {face.family for face in VariedCaptcha().faces}
    held_out = {face.family for face in VariedCaptcha().held_out().faces}
    assert len(held_out) == len(HELD_OUT)
    assert not fitted & held_out
    assert VariedCaptcha().held_out().variety.article_share == 0


def test_every_face_has_ten_different_digits() -> None:
    for face in (*find_faces(), *find_faces(HELD_OUT)):
        glyphs = [np.asarray(render_glyph(face, character)) for character in "0123456789"]
        for picture in glyphs:
            assert 40 < (picture > 90).sum() < picture.size / 4, face
            # The digit fits, however it is rotated.
            assert not picture[[0, -1]].any(), face
            assert not picture[:, [0, -1]].any(), face
        assert not any(np.array_equal(one, other) for one, other in combinations(glyphs, 2)), face


def test_a_variable_font_is_set_to_each_weight() -> None:
    rubik = [face for face in find_faces(HELD_OUT) if face.family == "Rubik" and not face.slanted]
    assert [face.weight for face in rubik] == [300, 400, 700, 900]
    ink = [int(np.asarray(render_glyph(face, "8")).astype(int).sum()) for face in rubik]
    assert ink == sorted(ink)
    assert ink[-1] > 1.5 * ink[0]


def test_digits_are_evenly_spaced_unless_at_the_articles_columns() -> None:
    variety = replace(PLAIN, pitch_share=1, pitch=(45, 45), column=(0, 0), frame_share=0)
    captcha = VariedCaptcha(variety=variety)
    picture = np.asarray(captcha.draw("234568", np.random.default_rng(1)))
    ink = 1 - picture / 255
    for middle in 155 + 45 * (np.arange(6) - 2.5):
        assert ink[:, int(middle) - 12 : int(middle) + 13].sum() > 3
        ink[:, max(int(middle) - 22, 0) : int(middle) + 23] = 0
    assert not ink.any()


def test_ranges_and_shares_are_valid() -> None:
    for name, value in asdict(Variety()).items():
        if name.endswith("_share"):
            assert 0 <= value <= 1, name
        else:
            low, high = value
            assert low < high, name


@given(st.integers(0, 2**63))
def test_the_same_seed_draws_the_same_pixels(seed: int) -> None:
    captcha = VariedCaptcha()
    first, again = (captcha.draw("234568", np.random.default_rng(seed)) for _ in range(2))
    assert first.size == captcha.size
    assert first.mode == "L"
    assert np.array_equal(first, again)


@pytest.mark.parametrize("thin", [True, False])
def test_only_thin_faces_keep_their_greys(thin: bool) -> None:
    """Without greys, a stroke thinner than a pixel would vanish."""
    faces = tuple(face for face in find_faces() if (face.weight <= THIN) is thin)
    variety = replace(PLAIN, aliased_share=1, frame_share=0)
    captcha = VariedCaptcha(faces=faces, variety=variety)
    rng = np.random.default_rng(1)
    for _ in range(20):
        levels = np.unique(np.asarray(captcha.draw(captcha.random_text(rng), rng)))
        assert (len(levels) > 2) is thin


@pytest.mark.parametrize("pitch_share", [0, 1])
def test_middles_are_where_the_ink_is(pitch_share: float, rng: np.random.Generator) -> None:
    variety = replace(PLAIN, pitch_share=pitch_share, frame_share=0, angle=(0, 1), slant=(0, 0.01))
    captcha = VariedCaptcha(variety=variety)
    pictures, middles = captcha.draw_with_middles(captcha.random_codes(20, rng), rng)
    for picture, row in zip(pictures, middles, strict=True):
        ink = 1 - picture[:, :, np.newaxis] / 255
        nearest = np.abs(np.arange(310)[:, np.newaxis] + 0.5 - row).argmin(-1)
        for position, middle in enumerate(row):
            (inked,) = np.nonzero((ink[:, nearest == position] > 0.1).any((0, 2)))
            inked += np.flatnonzero(nearest == position)[0]
            assert abs((inked[0] + inked[-1] + 1) / 2 - middle) < 3


@given(st.integers(0, 2**63))
def test_each_digit_is_at_its_column(seed: int) -> None:
    captcha = VariedCaptcha(variety=replace(PLAIN, frame_share=0))
    picture = np.asarray(captcha.draw("234568", np.random.default_rng(seed)))
    ink = 1 - picture / 255
    for left in captcha.columns:
        middle = left + TILE_MIDDLE
        assert ink[:, middle - 16 : middle + 17].sum() > 3
        ink[:, max(middle - 29, 0) : middle + 30] = 0
    assert not ink.any()


def test_the_amount_of_pepper() -> None:
    variety = replace(PLAIN, ink=(0, 0), pepper=(600, 600), font_size=(1, 1.01), frame_share=0)
    rng = np.random.default_rng(1)
    pictures = VariedCaptcha(variety=variety).draw_many(np.zeros((20, 6), np.int64), rng)
    # Some points coincide.
    assert 540 < (pictures < 100).sum((1, 2)).mean() < 620


def test_the_command_draws_a_reproducible_sheet(tmp_path: Path) -> None:
    sheets = [tmp_path / name for name in ("one.png", "again.png", "other.png")]
    for sheet, seed in zip(sheets, (1, 1, 2), strict=True):
        run(
            "samples", "--captcha", "varied", "--count", 7, "--seed", seed,
            "--out", sheet,
        )  # fmt: skip
    one, again, other = (np.asarray(Image.open(sheet)) for sheet in sheets)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    done = run("samples", "--out", tmp_path / "no" / "sheet.png", status=2)
    assert "cannot be written" in error_of(done)
