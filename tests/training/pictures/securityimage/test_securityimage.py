"""Our pictures equal those of GD::SecurityImage, pixel for pixel."""

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
from capslice.training.pictures.securityimage.gd_text import glyph_corners, rotated_glyph
from capslice.training.pictures.securityimage.securityimage import (
    ANGLES,
    ROWS,
    SLANT,
    STRETCH,
    Choices,
    FontSetting,
    middles,
)
from capslice.training.pictures.securityimage.styles import STYLES
from tests.commands import run
from tests.perl import SANS, draw, needs_perl

SERIF = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
FREE_SERIF = Path("/usr/share/fonts/truetype/freefont/FreeSerifItalic.ttf")
NO_PIXELS = np.zeros((0, 2), int)
STEPS = (15, 30, 45, 60)  # some distances of the second pixel of a particle, either way
UNLIKELY = 0.001  # the seeds are fixed, so a statistical test always has the same result


def alone(path: Path, points: int = 20, **options: object) -> SecurityImageCaptcha:
    """A captcha of one face and size, without particles unless `options` has some."""
    face = Face(path.stem, 400, False, path)
    settings = {"faces": (face,), "points": (points, points), "particles": (0, 0), **options}
    return SecurityImageCaptcha(**settings)  # type: ignore[arg-type]


def greys(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def blank_ones(out: Path, count: int, *options: object) -> NDArray[np.uint8]:
    """Pictures of the real module with spaces instead of digits."""
    given = ("--digits", " ", "--count", count, *options)
    return np.stack([greys(path) for path in draw(out, *given)])


def empty(captcha: SecurityImageCaptcha) -> NDArray[np.uint8]:
    """Our picture without digits and particles."""
    return captcha.render([[]], choices([captcha], [()], [()]))[0]


def fitted_choices(
    captcha: SecurityImageCaptcha, real: NDArray[np.uint8], codes: NDArray[np.int64]
) -> tuple[list[int], list[int]]:
    """The angle and the row of each digit of a real picture, found by the best fit."""
    background = empty(captcha)
    angles, rows = [], []
    for position in range(captcha.length):
        candidates = []
        for angle, row in product(sorted(set(ANGLES)), range(len(ROWS))):
            tried = choices([captcha], [[angle] * captcha.length], [[row] * captcha.length])
            glyph, pen = captcha.place_digits(codes[np.newaxis], tried)[0][position]
            canvas = background.copy()
            glyph.draw(canvas, pen, captcha.ink)
            inked = canvas != background
            difference = np.abs(canvas[inked] - real[inked].astype(int)).sum()
            candidates.append((difference, angle, row))
        _, angle, row = min(candidates)
        angles.append(angle)
        rows.append(row)
    return angles, rows


def choices(
    captchas: Sequence[SecurityImageCaptcha],
    angles: Sequence[Sequence[int]],
    rows: Sequence[Sequence[int]],
) -> Choices:
    settings = [FontSetting(captcha.faces[0], captcha.points[0]) for captcha in captchas]
    return Choices(settings, np.array(angles), np.array(rows), [NO_PIXELS] * len(captchas))


def test_the_same_seed_draws_the_same_pixels(rng: np.random.Generator) -> None:
    captcha = SecurityImageCaptcha()
    codes = captcha.random_codes(3, rng)
    first, again = (captcha.draw_many(codes, np.random.default_rng(1)) for _ in range(2))
    assert first.shape == (3, 80, 310)
    assert (first == again).all()
    assert (first != captcha.draw_many(codes, np.random.default_rng(2))).any()


def test_commands_know_it_by_name(tmp_path: Path) -> None:
    assert CAPTCHAS["securityimage"] is SecurityImageCaptcha
    run("generate", "--captcha", "securityimage", "--count", 2, "--out", tmp_path)
    assert all(greys(path).shape == (80, 310) for path in tmp_path.iterdir())


@pytest.mark.parametrize("share", [0, 1])
def test_middles_are_where_the_ink_is(share: float, rng: np.random.Generator) -> None:
    captcha = alone(SANS, style="blank", frame=False, distorted_share=share)
    codes = captcha.random_codes(50, rng)
    placed = captcha.place_digits(codes, captcha.random_choices(50, rng))
    known = middles(placed)
    assert (np.diff(known) > 15).all()
    for digits, row in zip(placed, known, strict=True):
        for (glyph, pen), middle in zip(digits, row, strict=True):
            canvas = np.full((80, 310), 255, np.uint8)
            glyph.draw(canvas, pen, 0)
            (inked,) = np.nonzero((canvas < 255).any(axis=0))
            assert abs((inked[0] + inked[-1] + 1) / 2 - middle) <= 1


def test_a_wide_face_is_drawn_at_sizes_that_fit(rng: np.random.Generator) -> None:
    captcha = alone(SANS, points=18)
    settings = replace(captcha, points=(18, 40)).random_choices(200, rng).settings
    sizes = {setting.points for setting in settings}
    assert min(sizes) == 18
    assert 20 < max(sizes) < 30


def test_stretch_and_slant_of_a_glyph() -> None:
    face = Face("sans", 400, False, SANS)
    upright, wide, slanted = (
        rotated_glyph(face, 60, "1", 0, *shape) for shape in ((1, 0), (1.25, 0), (1, 0.3))
    )
    assert wide.ink.shape[0] == slanted.ink.shape[0] == upright.ink.shape[0]
    assert abs(wide.ink.shape[1] - 1.25 * upright.ink.shape[1]) <= 1
    assert wide.corners[1][0] == pytest.approx(1.25 * upright.corners[1][0], abs=1)
    # The foot stays, and the top moves right by the slant.
    foot, head = (np.nonzero(slanted.ink[row])[0] + slanted.corner[0] for row in (-2, 2))
    feet, heads = (np.nonzero(upright.ink[row])[0] + upright.corner[0] for row in (-2, 2))
    assert np.mean(foot) == pytest.approx(np.mean(feet), abs=2)
    assert np.mean(head) == pytest.approx(np.mean(heads) + 0.3 * upright.ink.shape[0], abs=2)


def test_hints_are_the_same_at_0_and_90_degrees() -> None:
    faces = find_faces(("poppins", "chakra-petch", "sarabun"))  # without hints of their own
    for face, points, digit in product(faces, (18, 20, 23, 40), "17"):
        upright, lying = (glyph_corners(face, points, digit, angle) for angle in (0, 90))
        assert lying == tuple((y, -x) for x, y in upright), (face.name, points, digit)


def test_distorted_faces_still_fit(rng: np.random.Generator) -> None:
    captcha = alone(SANS, style="blank", frame=False, points=23)
    assert {setting[2:] for setting in captcha.random_choices(50, rng).settings} == {(1.0, 0.0)}
    half = replace(captcha, distorted_share=0.5)
    drawn = half.random_choices(200, rng)
    distorted = [setting for setting in drawn.settings if setting.slant]
    assert 60 < len(distorted) < 140
    assert all(STRETCH[0] <= setting.stretch <= STRETCH[1] for setting in distorted)
    assert all(SLANT[0] <= setting.slant <= SLANT[1] for setting in distorted)
    placed = half.place_digits(captcha.random_codes(200, rng), drawn)
    assert middles(placed).min() > 4
    assert middles(placed).max() < 306


def test_held_out_faces_are_not_distorted() -> None:
    original = CAPTCHAS["original"]()
    assert isinstance(original, OriginalCaptcha)
    for captcha, share in ((original, 0.5), (original.held_out(), 0)):
        assert {member.captcha.distorted_share for member in captcha.members} == {share}  # type: ignore[attr-defined]


def test_a_file_that_is_not_a_font(tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"no font")
    with pytest.raises(GlyphError, match=r"x\.ttf cannot be read as a font"):
        rotated_glyph(Face("x", 400, False, tmp_path / "x.ttf"), 20, "8", 0)


@needs_perl()
@pytest.mark.parametrize("style", STYLES)
def test_backgrounds(style: str, tmp_path: Path) -> None:
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
            angles_of, rows_of = fitted_choices(captcha, real, codes)
            fitted = choices([captcha], [angles_of], [rows_of])
            drawn = captcha.render(captcha.place_digits(codes[np.newaxis], fitted), fitted)[0]
            assert (drawn == real).all(), (path.name, font.name)
            found.append((angles_of, rows_of))
    rng = np.random.default_rng(5)
    random = SecurityImageCaptcha().random_choices(50 * len(found), rng)
    angles, rows = (np.array(each) for each in zip(*found, strict=True))
    for name, theirs, ours in (
        ("angles", angles, random.angles),
        ("upright", angles == 0, random.angles == 0),
        ("rows", rows, random.rows),
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
    without_digits = replace(
        ours.random_choices(count, np.random.default_rng(7)),
        angles=np.zeros((count, 0), int),
        rows=np.zeros((count, 0), int),
    )
    drawn = ours.render([[]] * count, without_digits) == 0
    for name, number in (
        ("pixels", lambda inked: inked.sum(axis=(1, 2))),
        ("column", lambda inked: inked.sum(axis=1) @ np.arange(310) / inked.sum(axis=(1, 2))),
        ("row", lambda inked: inked.sum(axis=2) @ np.arange(80) / inked.sum(axis=(1, 2))),
        # The distances within a particle, and of its dots.
        ("steps", lambda inked: sum(pairs(inked, *step) for step in product(STEPS, STEPS))),
        ("neighbours", lambda inked: pairs(inked, 1, 1)),
    ):
        assert stats.ks_2samp(number(drawn), number(real)).pvalue > UNLIKELY, name


def pairs(inked: NDArray[np.bool_], down: int, right: int) -> NDArray[np.int64]:
    """How many inked pixels of each picture have an inked pixel at this distance: int64 (n,)."""
    inside = inked[:, 1:-1, 1:-1]
    return (inside[:, :-down, :-right] & inside[:, down:, right:]).sum(axis=(1, 2))
