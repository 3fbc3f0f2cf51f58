"""Audits with models that are not for the captcha: grey, never green; with a weak one, red."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from capslice.agent.audit.report.report import Report, load_report
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures.letters import LettersCaptcha
from tests.agent.judgement.models import write
from tests.commands import run

SOUND = {"wrong_limit": None}


class FiveLetters(LettersCaptcha):
    """The captcha of a site that no shipped model is made for: lines cross its letters."""

    name = "crossed letters"
    size = (150, 40)

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        """Draw the letters, and twenty lines over them."""
        image = super().draw(text, rng).convert("L")
        pen = ImageDraw.Draw(image)
        for *line, ink in rng.uniform(0, (*self.size, *self.size, 160), (20, 5)):
            pen.line(line, fill=int(ink), width=2)
        return image


def audit(url: str, folder: Path, *options: object, status: int) -> Report:
    run(
        "audit", url, "--no-probes", "--fail-above", "--junit", folder / "junit.xml",
        "--out", folder / "audit", *options, status=status,
    )  # fmt: skip
    return load_report(folder / "audit" / "report.json")


@pytest.fixture
def story() -> Iterator[MockPage]:
    """A site with five letters and digits that no shipped model is sure of."""
    with MockPage(FiveLetters(shortest=5, length=5), Switches(wrong_limit=None), seed=1) as page:
        yield page


def test_init_says_at_once_that_there_is_no_model(story: MockPage, tmp_path: Path) -> None:
    done = run("init", story.url, "--yes", "--no-submit", "--json", cwd=tmp_path, status=5)
    found = json.loads(done.stdout)
    assert found["model"] is None
    unsure = "no shipped model is sure of these pictures, so model.path is general for now: make a"
    assert found["notes"][0].startswith(unsure)
    assert '\npath = "general"' in (tmp_path / "config.toml").read_text()


def test_unsure_model_that_reads_half_of_the_captchas_ends_red(
    story: MockPage, tmp_path: Path
) -> None:
    report = audit(story.url, tmp_path, "--count", 2, "--model", "general", status=1)
    answers, evidence = report.solving.answers, report.evidence
    assert report.level == "above"
    assert (answers.count, answers.of - answers.count) == (
        story.visits.accepted,
        story.visits.rejected,
    )
    assert evidence
    assert evidence.sure < evidence.pictures / 2


def test_captcha_without_a_model_ends_grey(story: MockPage, tmp_path: Path) -> None:
    folder, report = tmp_path, audit(story.url, tmp_path, "--count", 2, status=4)
    rejected = story.visits.rejected
    assert story.visits.accepted == 0
    assert report.level == "nothing_to_judge"
    grey = f"Not enough evidence to judge the captcha: a machine read {rejected} pictures"
    assert report.headline.startswith(grey)
    assert report.evidence
    sizes, confidence = report.evidence.doubts
    assert "other sizes (150x40) than the 310x80" in sizes
    assert f"mean confidence in {rejected} pictures is 0." in confidence
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


def test_model_that_is_sure_of_nothing_still_shows_a_weak_captcha(
    serve: Callable[..., MockPage], tmp_path: Path
) -> None:
    page = serve(**SOUND)
    model = write("badly fitted", tmp_path)
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
