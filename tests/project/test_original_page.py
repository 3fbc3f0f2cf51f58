"""The benchmark of GD::SecurityImage draws, counts and reports correctly."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.original.drawing import PARTICLES, SIZES, Group, draw_pictures
from benchmarks.original.guesses import guesses
from benchmarks.original.judging import Outcome, captcha_rate, digit_rate, select, upright
from benchmarks.robustness.faces import held_out_faces
from capslice.errors import TrainingError
from capslice.models.intervals import Rate
from capslice.training.pictures.fonts import HELD_OUT, Face
from tests.commands import run
from tests.perl import SANS, needs_perl

FACE = Face("DejaVuSans", 700, False, SANS)
GROUP = Group("two digits", "01")


@needs_perl()
def test_all_sizes_and_particles_in_turn() -> None:
    count = len(SIZES) * len(PARTICLES) + 3
    drawings = list(draw_pictures(GROUP, FACE, count, seed=1))
    assert len(drawings) == count
    assert all(set(each.text) <= {"0", "1"} for each in drawings)
    black = [
        (np.asarray(Image.open(io.BytesIO(each.png)).convert("L")) < 40).sum() for each in drawings
    ]
    assert max(black) > min(black) + 2 * (PARTICLES[-1] - PARTICLES[0]) * 0.7
    again = list(draw_pictures(GROUP, FACE, count, seed=1))
    assert [each.png for each in again] == [each.png for each in drawings]
    other = list(draw_pictures(GROUP, FACE, 3, seed=2))
    assert [each.text for each in other] != [each.text for each in drawings[:3]]


@needs_perl()
def test_a_file_that_is_no_font(tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"no font")
    with pytest.raises(TrainingError, match=r"draw\.pl did not draw .*cannot be read as a font"):
        list(draw_pictures(GROUP, Face("x", 400, False, tmp_path / "x.ttf"), 1, seed=1))


def test_without_perl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TrainingError, match="is not installed: install it"):
        list(draw_pictures(GROUP, FACE, 1, seed=1))


def test_a_face_of_each_held_out_family() -> None:
    faces = upright(held_out_faces())
    assert len(faces) == len(HELD_OUT) == len({face.family for face in faces})
    assert Counter(face.weight for face in faces) == {400: len(faces)}
    assert not any(face.slanted for face in faces)


def test_rates() -> None:
    other = Face("other", 400, False, SANS)
    outcomes = [Outcome(GROUP, FACE, 6, 6), Outcome(GROUP, FACE, 5, 6), Outcome(GROUP, other, 6, 6)]
    assert captcha_rate(outcomes) == Rate(2, 3)
    assert digit_rate(outcomes) == Rate(17, 18)
    assert captcha_rate(select(outcomes, GROUP, FACE)) == Rate(1, 2)
    assert not select(outcomes, Group("another"))


def test_guesses_are_compared_by_drawing() -> None:
    compared = {guess.feature: guess for guess in guesses([FACE])}
    assert "13% are steeper" in compared["rotation of a digit"].module
    assert compared["distance of digits"].author.startswith("40 to 58 pixels")
    # A particle has two points; some are outside the picture, or on top of each other.
    assert 200 < int(compared["pepper"].module.split()[-2]) < 500


@needs_perl()
@pytest.mark.slow
def test_the_page_is_written(tmp_path: Path) -> None:
    page = tmp_path / "original.md"
    given = (
        "--pictures",
        11,
        "--style-pictures",
        11,
        "--peer-pictures",
        1,
        "--training-pictures",
        40,
    )
    run("--model", "ellipses", *given, "--report", page, module="benchmarks.original")
    text = page.read_text()
    assert "| the article's digits at its columns | " in text
    assert "style `box`" not in text  # this model knows only six digits
    assert "| Karla | " in text
    with Image.open(tmp_path / "original" / "pictures.png") as sheet:
        assert sheet.width > 900


def test_a_page_that_cannot_be_written_fails_at_once(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("in the way")
    done = run("--report", tmp_path / "page.md", module="benchmarks.original", status=2)
    assert "cannot be written" in done.stderr
    assert "drawing" not in done.stderr
