"""An audit with the model of another captcha: it types nothing, and so it judges nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from capslice.agent.audit.report.report import load_report
from capslice.training.mock_page import MockPage
from tests.commands import run

SOUND = {"wrong_limit": 6}


@pytest.fixture
def audited(tmp_path: Path, serve: Callable[..., MockPage]) -> Path:
    """The folder of an audit of ellipses with the model for securityimage, at a high threshold."""
    page = serve(**SOUND)
    done = run(
        "audit", page.url, "--model", "original", "--count", 4, "--no-probes", "--fail-above",
        "--junit", tmp_path / "junit.xml", "--out", tmp_path / "audit",
        status=4, CAPSLICE_MODEL__MIN_CONFIDENCE="0.999999",
    )  # fmt: skip
    assert page.visits.accepted == page.visits.rejected == 0
    assert done.stdout.startswith("Not enough evidence to judge the captcha: in 4 sessions, ")
    assert "made for the captcha 'original': 6 characters of 0123456789" in done.stdout
    assert "The pictures of this site have 310x80 pixels" in done.stdout
    return tmp_path / "audit"


def test_wrong_model_ends_grey(audited: Path) -> None:
    page = (audited / "report.html").read_text()
    assert 'class="assessment nothing_to_judge"' in page
    assert "Kept this machine out" not in page
    assert "<skipped" in (audited.parent / "junit.xml").read_text()
    written = json.loads((audited / "report.json").read_text())
    assert written["level"] == "nothing_to_judge"
    report = load_report(audited / "report.json")
    assert report.evidence
    assert report.solving.answers.of == report.evidence.sure == 0
    assert report.evidence.pictures == report.solving.unsure == 20  # five attempts a session
    assert report.evidence.sizes == {"310x80": 20}
    again = run("report", audited, "--model", "original", status=4)
    assert again.stdout.startswith(report.headline)
    compared = run("compare", audited / "report.json", audited / "report.json").stdout
    assert compared.startswith("No comparison is possible: A has not enough evidence.")
