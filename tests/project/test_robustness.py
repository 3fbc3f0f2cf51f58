"""The robustness benchmark draws, counts and reports correctly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from benchmarks.robustness import skia_renderer
from benchmarks.robustness.canvas_renderer import NAME as CANVAS
from benchmarks.robustness.canvas_renderer import Canvas
from benchmarks.robustness.faces import final_test_faces, font_file, held_out_faces
from benchmarks.robustness.groups import GROUPS
from benchmarks.robustness.judging import Outcome, draw_part, parts_of
from benchmarks.robustness.results import rates_by, reliability, thresholds
from benchmarks.robustness.scenes import HEIGHT, WIDTH, Scene, random_scene
from capslice.models.intervals import Rate
from capslice.training.pictures.fonts import find_faces
from tests.commands import run

MODULE = "benchmarks.robustness"
FACES = held_out_faces()


def scene(seed: int = 1, pepper: int = 100) -> Scene:
    rng = np.random.default_rng(seed)
    return random_scene(FACES[int(rng.integers(len(FACES)))], (22, 33), pepper, "234568", rng)


def test_no_tested_face_was_fitted_on() -> None:
    fitted = {face.family for face in find_faces()}
    held_out, test = ({face.family for face in faces} for faces in (FACES, final_test_faces()))
    assert not fitted & (held_out | test)
    assert not held_out & test


def test_the_test_families_are_there() -> None:
    # These come in packages, so every machine that runs the tests has them.
    assert {"Inter", "Lato", "OpenSans"} <= {face.family for face in final_test_faces()}


def test_each_group_has_faces() -> None:
    assert {group for group, _ in parts_of(FACES)} == set(GROUPS)


def test_same_seed_same_scene() -> None:
    one, again, other = scene(1), scene(1), scene(2)
    assert np.array_equal(one.pepper, again.pepper)
    assert replace(one, pepper=one.pepper) != other
    assert (one.text, one.digits, one.size) == (again.text, again.digits, again.size)


def test_the_two_libraries_draw_the_same_scene(browser: Browser) -> None:
    scenes = [scene(seed) for seed in range(8)]
    by_canvas = Canvas(browser.new_page()).draw(scenes)
    for each, one in zip(scenes, by_canvas, strict=True):
        other = skia_renderer.draw(each)
        assert one.shape == other.shape == (HEIGHT, WIDTH)
        # They antialias edges differently, and Skia may not antialias the ellipses at all.
        assert np.abs(one.astype(int) - other).mean() < 12
        assert not np.array_equal(one, other)
        empty = skia_renderer.draw(replace(each, digits=()))
        assert np.abs(other.astype(int) - empty).sum() > 10_000


def test_a_heavier_face_is_heavier() -> None:
    rubik = [face for face in FACES if face.family == "Rubik" and not face.slanted]
    bare = replace(scene(pepper=0), size=30.0)
    ink = [
        int((255 - skia_renderer.draw(replace(bare, face=face)).astype(int)).sum())
        for face in rubik
    ]
    assert ink == sorted(ink)
    assert len(set(ink)) == 4
    assert len({font_file(face) for face in rubik}) == 4


def test_a_part_has_its_share_and_its_jpeg_quality(browser: Browser) -> None:
    (jpeg,) = (group for group in GROUPS if group.jpeg)
    canvas = Canvas(browser.new_page())
    drawn = draw_part((jpeg, skia_renderer.NAME), FACES, 240, "234568", canvas, 1)
    fewer = draw_part((jpeg, skia_renderer.NAME), FACES, 120, "234568", canvas, 1)
    by_canvas = draw_part((jpeg, CANVAS), FACES, 240, "234568", canvas, 1)
    assert len(drawn) == len(by_canvas) == 240 // (2 * sum(group.share for group in GROUPS))
    assert [each.scene.text for each in fewer] == [each.scene.text for each in drawn][: len(fewer)]
    assert [each.scene.text for each in by_canvas] != [each.scene.text for each in drawn]
    plain = skia_renderer.draw(drawn[0].scene)
    assert 2 < np.abs(plain.astype(int) - drawn[0].picture).mean() < 20


def outcomes(*answers: tuple[bool, float]) -> list[Outcome]:
    return [
        Outcome(FACES[0], GROUPS[0], skia_renderer.NAME, right, confidence)
        for right, confidence in answers
    ]


def test_rates_by_renderer() -> None:
    answers = outcomes((True, 0.9), (False, 0.3))
    other = replace(answers[0], renderer=CANVAS)
    rates = rates_by(lambda outcome: outcome.renderer, [*answers, other])
    assert rates == {skia_renderer.NAME: Rate(1, 2), CANVAS: Rate(1, 1)}


def test_a_threshold_leaves_out_unsure_readings() -> None:
    rows = thresholds(outcomes((True, 0.97), (True, 0.6), (False, 0.55), (False, 0.1)))
    found = {row.confidence: (row.answered, row.right) for row in rows}
    assert found[0.0] == (Rate(4, 4), Rate(2, 4))
    assert found[0.5] == (Rate(3, 4), Rate(2, 3))
    assert found[0.95] == (Rate(1, 4), Rate(1, 1))
    assert 0.98 not in found


def test_the_calibration_error_of_a_known_case() -> None:
    # Of the readings at 0.9, half are right; of those at 0.3, all.
    found = reliability(outcomes((True, 0.9), (False, 0.9), (True, 0.3), (True, 0.3)))
    assert [round(each.confidence, 6) for each in found.bins] == [0.3, 0.9]
    assert [each.right for each in found.bins] == [Rate(2, 2), Rate(1, 2)]
    assert found.calibration_error == pytest.approx(0.5 * 0.7 + 0.5 * 0.4)


@pytest.mark.slow
def test_the_page_is_written(tmp_path: Path) -> None:
    page = tmp_path / "robustness.md"
    few = ("--pictures", 24, "--peer-pictures", 1, "--timed-pictures", 2)
    run(*few, "--report", page, module=MODULE)
    text = page.read_text()
    for group in GROUPS:
        assert f"\n| {group.name} | " in text
    for plot in ("groups", "reliability"):
        assert (tmp_path / f"robustness/{plot}.svg").read_text().startswith("<?xml")
    assert "| Lato |" in text
    only = tmp_path / "only.md"
    run(*few, "--held-out-only", "--report", only, module=MODULE)
    assert "Lato" not in only.read_text()


def test_a_page_that_cannot_be_written_fails_at_once(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("in the way")
    done = run("--report", tmp_path / "page.md", module=MODULE, status=2)
    assert "error: " in done.stderr
    assert "cannot be written" in done.stderr
    assert "testing on" not in done.stderr


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    given = ("--model", "README.md", "--report", tmp_path / "page.md")
    done = run(*given, module=MODULE, status=2)
    assert "is not an ONNX file" in done.stderr


def test_without_its_extra_it_says_what_to_install(tmp_path: Path) -> None:
    missing = "raise ModuleNotFoundError('No module named skia', name='skia')"
    (tmp_path / "skia.py").write_text(missing)
    given = ("--report", tmp_path / "page.md")
    done = run(*given, module=MODULE, status=2, PYTHONPATH=str(tmp_path))
    assert done.stderr.startswith("error: this benchmark needs skia: pip install ")
    assert done.stderr.endswith("[dev]'\n")
