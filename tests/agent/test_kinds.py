"""Sites of the kinds that are most asked for: any length, sums, and moving pictures.

The shipped general reader, which has seen none of them, reads them all. What each site asks for is
in the settings.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from capslice import Reader, Solution, new_page, solve
from capslice.agent.page.verdict import Verdict
from capslice.models.labels import labels_of
from capslice.models.sums import value
from capslice.training.mock_page import MockPage, Switches, Variant
from capslice.training.pictures import LettersCaptcha, SumCaptcha
from tests.commands import run
from tests.conftest import settings_for

MODEL = "general"
SESSIONS = int(os.environ.get("SESSIONS", 5))
LETTERS = {"length": "4-6", "characters": "A-Z2-9", "min_confidence": 0.5}
SUM = {"answer": "sum", "min_confidence": 0.5}


@pytest.fixture
def solve_there(browser: Browser) -> Callable[..., list[Solution]]:
    """Solve SESSIONS captchas of a site, each in a session of its own."""

    def solve_there(url: str, known: dict[str, Any], **sections: Any) -> list[Solution]:
        settings = settings_for(url, model={"path": MODEL, **known}, **sections)
        reader, solutions = Reader.of(settings.model), []
        for _ in range(SESSIONS):
            page = new_page(browser)
            solutions.append(solve(page, settings, reader=reader))
            page.context.close()
        return solutions

    return solve_there


@pytest.mark.parametrize("field", ["one", "maxlength", "boxes"])
def test_texts_of_four_to_six_characters(
    field: Any, solve_there: Callable[..., list[Solution]]
) -> None:
    with MockPage(LettersCaptcha(), variant=Variant(field=field), seed=1) as site:
        solutions = solve_there(site.url, LETTERS)
    assert all(solution.solved for solution in solutions)
    assert {len(solution.attempts[-1].text) for solution in solutions} == {4, 5, 6}


def test_sums(solve_there: Callable[..., list[Solution]], tmp_path: Path) -> None:
    journal = {"path": tmp_path / "journal.sqlite"}
    with MockPage(SumCaptcha(), Switches(sum=True), seed=1) as site:
        solutions = solve_there(site.url, SUM, journal=journal)
    assert all(solution.solved for solution in solutions)
    for solution in solutions:
        last = solution.attempts[-1]
        assert last.answer == str(value(last.text))
        assert f"solved {last.text} with {last.answer}" in str(solution)
    # The journal has the sums themselves, which is what a model learns from.
    out = tmp_path / "data"
    run("journal", "--export", out, CAPSLICE_JOURNAL__PATH=str(journal["path"]))
    texts = [solution.attempts[-1].text for solution in solutions]
    assert sorted(labels_of(out).values()) == sorted(texts)


def test_moving_pictures(solve_there: Callable[..., list[Solution]]) -> None:
    with MockPage(LettersCaptcha(), Switches(gif=True), seed=1) as site:
        solutions = solve_there(site.url, LETTERS)
    assert all(solution.solved for solution in solutions)


def test_moving_sums(solve_there: Callable[..., list[Solution]]) -> None:
    with MockPage(SumCaptcha(), Switches(gif=True, sum=True), seed=1) as site:
        solutions = solve_there(site.url, SUM)
    assert all(solution.solved for solution in solutions)


def test_what_is_no_sum_is_never_typed(solve_there: Callable[..., list[Solution]]) -> None:
    # The site shows letters, so hardly any reading is a sum.
    with MockPage(LettersCaptcha(), seed=1) as site:
        (first, *_) = solve_there(
            site.url, SUM | {"min_confidence": 0, "characters": "A-Z2-9+"}, retries={"attempts": 2}
        )
    assert [attempt.verdict for attempt in first.attempts] == [Verdict.UNSURE] * 2
    assert [attempt.answer for attempt in first.attempts] == [None] * 2
    assert site.visits.rejected == 0


@pytest.mark.parametrize(
    ("captcha", "switches", "known"),
    [
        pytest.param(
            *(LettersCaptcha(), Switches(wrong_limit=8), LETTERS),
            id="any length",
            marks=pytest.mark.slow,
        ),
        pytest.param(SumCaptcha(), Switches(wrong_limit=8, sum=True), SUM, id="sums"),
        pytest.param(
            *(LettersCaptcha(), Switches(wrong_limit=8, gif=True), LETTERS),
            id="moving",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_an_audit(
    captcha: LettersCaptcha, switches: Switches, known: dict[str, object], tmp_path: Path
) -> None:
    of_model = {f"CAPSLICE_MODEL__{key.upper()}": str(of) for key, of in known.items()}
    with MockPage(captcha, switches, seed=1) as site:
        done = run(
            *("audit", site.url, "--count", 4, "--out", tmp_path / "audit", "--json"),
            *("--model", MODEL),
            **of_model,
        )
    report = json.loads(done.stdout)
    assert report["solving"]["sessions"]["count"] >= 3
    assert not [each for each in report["weaknesses"] if each["result"] == "found"]
