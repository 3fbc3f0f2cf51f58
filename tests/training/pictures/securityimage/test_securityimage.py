"""The original's captcha: ours is the picture of GD::SecurityImage, pixel for pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import stats

from capslice.errors import GlyphError
from capslice.training.pictures import CAPTCHAS, OriginalCaptcha, SecurityImageCaptcha
from capslice.training.pictures.fonts import Face, find_faces
from capslice.training.pictures.securityimage.gd_text import corners, turned
from capslice.training.pictures.securityimage.securityimage import (
    ANGLES,
    ROWS,
    SLANT,
    STRETCH,
    Lots,
    Setting,
    middles,
)
from capslice.training.pictures.securityimage.styles import STYLES
from tests.commands import run
from tests.perl import SANS, draw, needs_perl

SERIF = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
FREE_SERIF = Path("/usr/share/fonts/truetype/freefont/FreeSerifItalic.ttf")
NO_PIXELS = np.zeros((0, 2), int)
STEPS = (15, 30, 45, 60)  # of which a particle's second pixel is any, and farther, each way
UNLIKELY = 0.001  # the seeds are fixed, so that a test of chance passes or fails for good


def alone(path: Path, points: int = 20, **options: object) -> SecurityImageCaptcha:
    """Pictures in one face and size, without particles unless there are some in `options`."""
    face = Face(path.stem, 400, False, path)
    settings = {"faces": (face,), "points": (points, points), "particles": (0, 0), **options}
    return SecurityImageCaptcha(**settings)  # type: ignore[arg-type]


def greys(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def blank_ones(out: Path, count: int, *options: object) -> NDArray[np.uint8]:
    """Pictures of the real library whose digits are spaces."""
    given = ("--digits", " ", "--count", count, *options)
    return np.stack([greys(path) for path in draw(out, *given)])


def empty(captcha: SecurityImageCaptcha) -> NDArray[np.uint8]:
    """Ours, without digits and particles."""
    return captcha.render([[]], lots([captcha], [()], [()]))[0]


def lots_of(
    captcha: SecurityImageCaptcha, real: NDArray[np.uint8], codes: NDArray[np.int64]
) -> tuple[list[int], list[int]]:
    """The angles and rows with which a real picture was drawn, a digit: those that fit best."""
    ground = empty(captcha)
    angles, rows = [], []
    for place in range(captcha.length):
        found = []
        for angle, row in product(sorted(set(ANGLES)), range(len(ROWS))):
            here = lots([captcha], [[angle] * captcha.length], [[row] * captcha.length])
            glyph, pen = captcha.placed(codes[np.newaxis], here)[0][place]
            canvas = ground.copy()
            glyph.draw(canvas, pen, captcha.ink)
            inked = canvas != ground
            found.append((np.abs(canvas[inked] - real[inked].astype(int)).sum(), angle, row))
        _, angle, row = min(found)
        angles.append(angle)
        rows.append(row)
    return angles, rows


def lots(
    captchas: Sequence[SecurityImageCaptcha],
    angles: Sequence[Sequence[int]],
    rows: Sequence[Sequence[int]],
) -> Lots:
    settings = [Setting(captcha.faces[0], captcha.points[0]) for captcha in captchas]
    return Lots(settings, np.array(angles), np.array(rows), [NO_PIXELS] * len(captchas))


def test_same_state_same_pixels(rng: np.random.Generator) -> None:
    captcha = SecurityImageCaptcha()
    codes = captcha.random_codes(3, rng)
    first, again = (captcha.draw_many(codes, np.random.default_rng(1)) for _ in range(2))
    assert first.shape == (3, 80, 310)
    assert (first == again).all()
    assert (first != captcha.draw_many(codes, np.random.default_rng(2))).any()


def test_it_is_one_of_the_captchas(tmp_path: Path) -> None:
    assert CAPTCHAS["securityimage"] is SecurityImageCaptcha
    run("generate", "--captcha", "securityimage", "--count", 2, "--out", tmp_path)
    assert all(greys(path).shape == (80, 310) for path in tmp_path.iterdir())


@pytest.mark.parametrize("bent", [0, 1])
def test_middles_are_where_the_ink_is(bent: float, rng: np.random.Generator) -> None:
    captcha = alone(SANS, style="blank", frame=False, bent=bent)
    codes = captcha.random_codes(50, rng)
    chance = captcha.lots(50, rng)
    placed = captcha.placed(codes, chance)
    known = middles(placed)
    assert (np.diff(known) > 15).all()
    for digits, row in zip(placed, known, strict=True):
        for (glyph, pen), middle in zip(digits, row, strict=True):
            canvas = np.full((80, 310), 255, np.uint8)
            glyph.draw(canvas, pen, 0)
            (inked,) = np.nonzero((canvas < 255).any(axis=0))
            assert abs((inked[0] + inked[-1] + 1) / 2 - middle) <= 1


def test_a_wide_face_is_drawn_as_small_as_it_has_to_be(rng: np.random.Generator) -> None:
    captcha = alone(SANS, points=18)
    settings = replace(captcha, points=(18, 40)).lots(200, rng).settings
    sizes = {setting.points for setting in settings}
    assert min(sizes) == 18
    assert 20 < max(sizes) < 30


def test_a_face_that_is_wider_and_leans() -> None:
    face = Face("sans", 400, False, SANS)
    upright, wide, leaning = (
        turned(face, 60, "1", 0, *shape) for shape in ((1, 0), (1.25, 0), (1, 0.3))
    )
    assert wide.ink.shape[0] == leaning.ink.shape[0] == upright.ink.shape[0]
    assert abs(wide.ink.shape[1] - 1.25 * upright.ink.shape[1]) <= 1
    assert wide.corners[1][0] == pytest.approx(1.25 * upright.corners[1][0], abs=1)
    # It stands on what it stood on, and its top is farther right by what it leans.
    foot, head = (np.nonzero(leaning.ink[row])[0] + leaning.corner[0] for row in (-2, 2))
    feet, heads = (np.nonzero(upright.ink[row])[0] + upright.corner[0] for row in (-2, 2))
    assert np.mean(foot) == pytest.approx(np.mean(feet), abs=2)
    assert np.mean(head) == pytest.approx(np.mean(heads) + 0.3 * upright.ink.shape[0], abs=2)


def test_what_lies_is_hinted_as_what_stands() -> None:
    faces = find_faces(("poppins", "chakra-petch", "sarabun"))  # without hints of their own
    for face, points, digit in product(faces, (18, 20, 23, 40), "17"):
        standing, lying = (corners(face, points, digit, angle) for angle in (0, 90))
        assert lying == tuple((y, -x) for x, y in standing), (face.name, points, digit)


def test_some_faces_are_bent_and_find_room(rng: np.random.Generator) -> None:
    captcha = alone(SANS, style="blank", frame=False, points=23)
    assert {setting[2:] for setting in captcha.lots(50, rng).settings} == {(1.0, 0.0)}
    chance = replace(captcha, bent=0.5).lots(200, rng)
    bent = [setting for setting in chance.settings if setting.slant]
    assert 60 < len(bent) < 140
    assert all(STRETCH[0] <= setting.stretch <= STRETCH[1] for setting in bent)
    assert all(SLANT[0] <= setting.slant <= SLANT[1] for setting in bent)
    placed = replace(captcha, bent=0.5).placed(captcha.random_codes(200, rng), chance)
    assert middles(placed).min() > 4
    assert middles(placed).max() < 306


def test_what_it_is_judged_by_is_as_the_fonts_have_it() -> None:
    original = CAPTCHAS["original"]()
    assert isinstance(original, OriginalCaptcha)
    for captcha, bent in ((original, 0.5), (original.held_out(), 0)):
        assert {member.captcha.bent for member in captcha.members} == {bent}  # type: ignore[attr-defined]


def test_a_file_that_is_no_font(tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"no font")
    with pytest.raises(GlyphError, match=r"x\.ttf cannot be read as a font"):
        turned(Face("x", 400, False, tmp_path / "x.ttf"), 20, "8", 0)


@needs_perl()
@pytest.mark.parametrize("style", STYLES)
def test_grounds(style: str, tmp_path: Path) -> None:
    for lines in (1, 7, 20, 33):
        options = ("--style", style, "--lines", lines, "--particles", 0)
        colours = ("--line", "#646464", "--ink", "#1e1e1e", "--background", "#f0f0f0")
        (real,) = blank_ones(tmp_path / str(lines), 1, *options, *colours)
        ours = alone(SANS, style=style, lines=lines, background=240, line=100, ink=30)
        assert (empty(ours) == real).all(), lines


CASES = [
    (SANS, 20, {"style": "blank"}, ()),
    (SERIF, 18, {}, ()),
    (FREE_SERIF, 23, {"style": "default", "ink": 20, "line": 150}, ()),
    (SANS, 20, {"style": "ellipse", "at_columns": True}, ("--columns",)),
]


@needs_perl()
def test_pictures(tmp_path: Path) -> None:
    found: list[tuple[list[int], list[int]]] = []
    for case, (font, points, options, more) in enumerate(CASES):
        captcha = alone(font, points, **options)
        colours = [f"--{each}=#{3 * f'{getattr(captcha, each):02x}'}" for each in ("ink", "line")]
        given = ("--font", font, "--size", points, "--style", captcha.style, *colours, *more)
        count = ("--count", 20, "--particles", 0, "--seed", case)
        for path in draw(tmp_path / str(case), *given, *count):
            real, codes = greys(path), np.array([int(digit) for digit in path.name[:6]])
            turned_by, in_rows = lots_of(captcha, real, codes)
            here = lots([captcha], [turned_by], [in_rows])
            drawn = captcha.render(captcha.placed(codes[np.newaxis], here), here)[0]
            assert (drawn == real).all(), (path.name, font.name)
            found.append((turned_by, in_rows))
    rng = np.random.default_rng(5)
    chance = SecurityImageCaptcha().lots(50 * len(found), rng)
    angles, rows = (np.array(each) for each in zip(*found, strict=True))
    for name, theirs, ours in (
        ("angles", angles, chance.angles),
        ("upright", angles == 0, chance.angles == 0),
        ("rows", rows, chance.rows),
    ):
        values = np.unique(np.concatenate([theirs.ravel(), ours.ravel()]))
        counts = [[(each == value).sum() for value in values] for each in (theirs, ours)]
        assert stats.chi2_contingency(counts).pvalue > UNLIKELY, name


@needs_perl()
@pytest.mark.parametrize("dots", [1, 3])
def test_particles(dots: int, tmp_path: Path) -> None:
    count = 300
    options = ("--style", "blank", "--particles", 250, "--dots", dots)
    real = blank_ones(tmp_path, count, *options) == 0
    ours = alone(SANS, style="blank", particles=(250, 250), dots=dots)
    chance = replace(
        ours.lots(count, np.random.default_rng(7)),
        angles=np.zeros((count, 0), int),
        rows=np.zeros((count, 0), int),
    )
    drawn = ours.render([[]] * count, chance) == 0
    for name, number in (
        ("pixels", lambda inked: inked.sum(axis=(1, 2))),
        ("column", lambda inked: inked.sum(axis=1) @ np.arange(310) / inked.sum(axis=(1, 2))),
        ("row", lambda inked: inked.sum(axis=2) @ np.arange(80) / inked.sum(axis=(1, 2))),
        # Of a particle, and of its dots: how far from one another.
        ("steps", lambda inked: sum(pairs(inked, *step) for step in product(STEPS, STEPS))),
        ("neighbours", lambda inked: pairs(inked, 1, 1)),
    ):
        assert stats.ks_2samp(number(drawn), number(real)).pvalue > UNLIKELY, name


def pairs(inked: NDArray[np.bool_], down: int, right: int) -> NDArray[np.int64]:
    """int64 (n,): how many pixels of each picture have another one so far from them, as inked."""
    inside = inked[:, 1:-1, 1:-1]
    return (inside[:, :-down, :-right] & inside[:, down:, right:]).sum(axis=(1, 2))
