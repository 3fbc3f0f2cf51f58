"""Audits with models that are not for the captcha: grey, never green; with a weak one, red."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from capslice.agent.audit.report.report import Report, load_report
from capslice.models.card import SHIPPED
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures.letters import LettersCaptcha
from tests.commands import run

SOUND = {"wrong_limit": None}


class FiveLetters(LettersCaptcha):
    """The captcha of a site that no shipped model is made for."""

    size = (150, 60)


def audit(url: str, folder: Path, *options: object, status: int) -> Report:
    run(
        "audit", url, "--no-probes", "--fail-above", "--junit", folder / "junit.xml",
        "--out", folder / "audit", *options, status=status,
    )  # fmt: skip
    return load_report(folder / "audit" / "report.json")


@pytest.fixture
def story(tmp_path: Path) -> tuple[Path, Report]:
    """The folder and the report of an audit of a site with five letters and digits, no model."""
    with MockPage(FiveLetters(shortest=5, length=5), Switches(wrong_limit=None), seed=1) as page:
        report = audit(page.url, tmp_path, "--count", 4, status=4)
    assert (page.visits.accepted, page.visits.rejected) == (0, 20)  # five attempts a session
    return tmp_path, report


def test_captcha_without_a_model_ends_grey(story: tuple[Path, Report]) -> None:
    folder, report = story
    assert report.level == "nothing_to_judge"
    assert report.headline.startswith("Not enough evidence to judge the captcha: a machine read 20")
    assert report.evidence
    sizes, confidence = report.evidence.doubts
    assert "other sizes (150x60) than the 310x80" in sizes
    assert "mean confidence in 20 pictures is 0." in confidence
    page = (folder / "audit" / "report.html").read_text()
    assert 'class="verdict nothing_to_judge"' in page
    assert "Kept this machine out" not in page
    assert "The model is not made for this captcha" in page
    assert "<skipped" in (folder / "junit.xml").read_text()
    again = run("report", folder / "audit", status=4)
    assert again.stdout.startswith(report.headline)
    file = folder / "audit" / "report.json"
    compared = run("compare", file, file).stdout
    assert compared.startswith("No comparison is possible: A has not enough evidence.")
    assert "not made for the captcha" in compared


def test_sure_readings_that_are_all_rejected_end_grey(
    serve: Callable[..., MockPage], tmp_path: Path
) -> None:
    page = serve(reject_all=True, wrong_limit=None)
    report = audit(page.url, tmp_path, "--count", 3, status=4)
    assert report.solving.answers.of == page.visits.rejected == 15
    assert report.level == "nothing_to_judge"
    page_text = (tmp_path / "audit" / "report.html").read_text()
    assert "model was sure of about 15" in page_text
    assert "mistake accepted answers for rejected ones" in page_text


def unsure_model(file: Path) -> Path:
    """The shipped model as a bad fit would leave it: it reads as well, and is sure of nothing."""
    model = onnx.load(SHIPPED)
    model.graph.node[-1].output[0] = "sharp"
    eighth = numpy_helper.from_array(np.float32(1 / 8), "eighth")
    last = numpy_helper.from_array(np.array([-1]), "last")
    model.graph.initializer.extend([eighth, last])
    model.graph.node.extend(
        [
            helper.make_node("Pow", ["sharp", "eighth"], ["flat"]),
            helper.make_node("ReduceSum", ["flat", "last"], ["sum"]),
            helper.make_node("Div", ["flat", "sum"], ["probabilities"]),
        ]
    )
    file.write_bytes(model.SerializeToString())
    return file


def test_model_that_is_sure_of_nothing_still_shows_a_weak_captcha(
    serve: Callable[..., MockPage], tmp_path: Path
) -> None:
    page = serve(**SOUND)
    model = unsure_model(tmp_path / "unsure.onnx")
    report = audit(page.url, tmp_path, "--count", 6, "--model", model, status=1)
    solving = report.solving
    assert report.level == "above"
    assert solving.answers.count == page.visits.accepted == 6
    assert report.evidence
    assert report.evidence.sure < report.evidence.pictures
    assert report.thresholds
    lowest, *_, highest = report.thresholds.rows
    assert (lowest.confidence, lowest.captchas.count) == (0, 6)
    assert highest.captchas.count < 6
    written = json.loads((tmp_path / "audit" / "report.json").read_text())
    assert written["thresholds"]["best"] == report.thresholds.best == 0
    # `solve` stays careful.
    careful = run("solve", page.url, "--model", model, "--json", status=1)
    assert {each["verdict"] for each in json.loads(careful.stdout)["history"]} == {"unsure"}
