"""Drift: a model that read well is noticed when it does not any more, and chance is no alarm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from capslice.agent.drift import FIRST, Drift, drift_of, find_drift
from capslice.training.mock_page import MockPage
from tests.agent.journal.journals import submit
from tests.commands import run
from tests.conftest import settings_for

RUNS = range(20)


def verdicts(rate: float, count: int, seed: int) -> list[float]:
    return (np.random.default_rng(seed).random(count) < rate).astype(float).tolist()


def noticed(values: list[float]) -> int | None:
    """After how many values a drift is seen first."""
    counts = (*range(0, 500, 50), *range(500, len(values) + 1))
    return next((n for n in counts if find_drift(values[:n])), None)


@pytest.mark.parametrize("rate", [0.6, 0.9, 0.99])
def test_a_thousand_captchas_without_a_change(rate: float) -> None:
    for seed in RUNS:
        values = verdicts(rate, 1000, seed)
        assert not any(find_drift(values[:n]) for n in range(FIRST, 1001, 30)), seed


@pytest.mark.parametrize(("before", "after"), [(0.95, 0.3), (0.9, 0.1), (0.99, 0.5)])
def test_a_change_is_noticed_within_fifty_captchas(before: float, after: float) -> None:
    for seed in RUNS:
        same, changed = verdicts(before, 500, seed), verdicts(after, 50, seed + 100)
        at = noticed(same + changed)
        assert at is not None
        assert 500 < at <= 550, seed


def test_confidences_count_where_no_answer_was_sent() -> None:
    rng = np.random.default_rng(7)
    sure, unsure = rng.uniform(0.9, 1, 300), rng.uniform(0, 0.4, 50)
    assert find_drift([*sure]) is None
    drift = find_drift([*sure, *unsure])
    assert drift is not None
    assert drift.captchas >= 50
    assert drift.since < 0.5 < 0.9 < drift.first


def test_a_model_that_reads_well_again_recovers() -> None:
    values = verdicts(0.95, 200, 1) + [0.0] * 100
    assert find_drift(values)
    assert find_drift(values + [1.0] * 30) is None


def test_a_model_that_never_read_well_does_not_drift() -> None:
    assert find_drift(verdicts(0.3, 300, 1) + [0.0] * 200) is None
    assert find_drift([]) is None
    assert find_drift([1.0] * FIRST) is None


def test_the_journal_of_the_settings(tmp_path: Path) -> None:
    page, other = "http://127.0.0.1:8000/", "http://127.0.0.1:8001/"
    path = tmp_path / "journal.sqlite"
    settings = settings_for(page, journal={"path": path})
    assert drift_of(settings_for(page)) is None, "there is no journal"
    assert drift_of(settings) is None, "it is not there yet"
    submit(path, page)
    submit(path, other, accepted=0)
    assert drift_of(settings) == Drift(1.0, 0.0, 12)
    model = tmp_path / "new.onnx"
    model.touch()
    newer = settings_for(page, journal={"path": path}, model={"path": model})
    assert drift_of(newer) is None, "these were not its attempts"


def test_solve_says_it(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    page, path = serve(), tmp_path / "journal.sqlite"
    submit(path, page.url)
    done = run("solve", page.url, CAPSLICE_JOURNAL__PATH=str(path))
    (said,) = (line for line in done.stderr.splitlines() if line.startswith("warning: "))
    assert "no longer reads this captcha as it did: 100 % of the first 100, 8 % of the" in said
