"""Varied captchas: same state, same pixels, legible, in no face that models are judged on."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capslice.errors import GlyphError
from capslice.training.pictures import VariedCaptcha
from capslice.training.pictures.article.varied import THIN, TILE_HALF, Variety, glyph
from capslice.training.pictures.fonts import FITTED, HELD_OUT, find_faces, system_faces
from tests.commands import error_of, run
from tests.conftest import ROOT

JUDGES = (
    "Liberation", "Nimbus", "URW", "Open Sans", "Lato", "Cantarell", "Carlito", "Inter",
    "Arimo", "Tinos", "Cousine", "Arial", "Helvetica", "Times", "Courier",
)  # fmt: skip
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


def test_no_face_that_models_are_judged_on() -> None:
    families = {face.family for face in find_faces()}
    assert families
    assert not [family for family in families for judge in JUDGES if family.startswith(judge)]


def test_the_families_of_the_extra_are_those_of_the_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["training"]
    fonts = [package for package in extra if package.startswith("fontpkg-")]
    assert sorted(fonts) == sorted(f"fontpkg-{name}" for name in (*FITTED, *HELD_OUT))


def test_what_is_held_out_is_never_fitted_on() -> None:
    fitted = {face.family for face in VariedCaptcha().faces}
    unseen = {face.family for face in VariedCaptcha().held_out().faces}
    assert len(unseen) == len(HELD_OUT)
    assert not fitted & unseen
    assert VariedCaptcha().held_out().variety.article_share == 0


def test_every_face_has_its_ten_digits() -> None:
    for face in (*find_faces(), *find_faces(HELD_OUT)):
        glyphs = [np.asarray(glyph(face, character)) for character in "0123456789"]
        for picture in glyphs:
            assert 40 < (picture > 90).sum() < picture.size / 4, face
            # Whole, however it is turned.
            assert not picture[[0, -1]].any(), face
            assert not picture[:, [0, -1]].any(), face
        assert not any(np.array_equal(one, other) for one, other in combinations(glyphs, 2)), face


def test_a_variable_font_is_set_to_each_weight() -> None:
    rubik = [face for face in find_faces(HELD_OUT) if face.family == "Rubik" and not face.slanted]
    assert [face.weight for face in rubik] == [300, 400, 700, 900]
    ink = [int(np.asarray(glyph(face, "8")).astype(int).sum()) for face in rubik]
    assert ink == sorted(ink)
    assert ink[-1] > 1.5 * ink[0]


@pytest.mark.parametrize(
    ("file", "family", "weight", "slanted"),
    [
        ("FreeSansBoldOblique", "FreeSans", 700, True),
        ("DejaVuSans", "DejaVuSans", 400, False),
        ("DejaVuSans-ExtraLight", "DejaVuSans", 200, False),
        ("FiraSans-SemiBoldItalic", "FiraSans", 600, True),
        ("ArchivoBlack-Regular", "ArchivoBlack", 400, False),
        ("C059-BdIta", "C059", 700, True),
        ("URWGothic-DemiOblique", "URWGothic", 700, True),
    ],
)
def test_what_a_files_name_says(
    file: str, family: str, weight: int, slanted: bool, tmp_path: Path
) -> None:
    source = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    (tmp_path / f"{file}.ttf").write_bytes(source.read_bytes())
    (face,) = system_faces((file,), (tmp_path,))
    assert (face.family, face.weight, face.slanted) == (family, weight, slanted)


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "FreeSans[wght].ttf").write_bytes(b"no font")
    (tmp_path / "FreeSans.txt").write_bytes(b"nor this")
    assert system_faces(("FreeSans",), (tmp_path,)) == []


def test_without_any_font_it_says_what_to_install() -> None:
    with pytest.raises(GlyphError, match="pip install"):
        find_faces(("no-such-family",))


def test_digits_stand_evenly_where_they_do_not_stand_as_in_the_article() -> None:
    variety = replace(PLAIN, pitch_share=1, pitch=(45, 45), column=(0, 0), frame_share=0)
    captcha = VariedCaptcha(variety=variety)
    picture = np.asarray(captcha.draw("234568", np.random.default_rng(1)))
    ink = 1 - picture / 255
    for place in 155 + 45 * (np.arange(6) - 2.5):
        assert ink[:, int(place) - 12 : int(place) + 13].sum() > 3
        ink[:, max(int(place) - 22, 0) : int(place) + 23] = 0
    assert not ink.any()


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


@pytest.mark.parametrize("thin", [True, False])
def test_only_the_thinnest_faces_keep_their_greys(thin: bool) -> None:
    """Without greys, a stroke of less than a pixel would be gone."""
    faces = tuple(face for face in find_faces() if (face.weight <= THIN) is thin)
    variety = replace(PLAIN, aliased_share=1, frame_share=0)
    captcha = VariedCaptcha(faces=faces, variety=variety)
    rng = np.random.default_rng(1)
    for _ in range(20):
        levels = np.unique(np.asarray(captcha.draw(captcha.random_text(rng), rng)))
        assert (len(levels) > 2) is thin


@pytest.mark.parametrize("pitch_share", [0, 1])
def test_it_knows_where_its_digits_are(pitch_share: float, rng: np.random.Generator) -> None:
    variety = replace(PLAIN, pitch_share=pitch_share, frame_share=0, angle=(0, 1), slant=(0, 0.01))
    captcha = VariedCaptcha(variety=variety)
    pictures, middles = captcha.draw_with_middles(captcha.random_codes(20, rng), rng)
    for picture, places in zip(pictures, middles, strict=True):
        ink = 1 - picture[:, :, np.newaxis] / 255
        nearest = np.abs(np.arange(310)[:, np.newaxis] + 0.5 - places).argmin(-1)
        for place, middle in enumerate(places):
            (inked,) = np.nonzero((ink[:, nearest == place] > 0.1).any((0, 2)))
            inked += np.flatnonzero(nearest == place)[0]
            assert abs((inked[0] + inked[-1] + 1) / 2 - middle) < 3


@given(st.integers(0, 2**63))
def test_each_digit_is_in_its_place(seed: int) -> None:
    captcha = VariedCaptcha(variety=replace(PLAIN, frame_share=0))
    picture = np.asarray(captcha.draw("234568", np.random.default_rng(seed)))
    ink = 1 - picture / 255
    for left in captcha.columns:
        middle = left + TILE_HALF
        assert ink[:, middle - 16 : middle + 17].sum() > 3
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
            "samples", "--captcha", "varied", "--count", 7, "--seed", seed,
            "--out", sheet,
        )  # fmt: skip
    one, again, other = (np.asarray(Image.open(sheet)) for sheet in sheets)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    done = run("samples", "--out", tmp_path / "no" / "sheet.png", status=2)
    assert "cannot be written" in error_of(done)
