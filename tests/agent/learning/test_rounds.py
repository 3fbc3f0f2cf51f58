"""Whole rounds of `learn`: a real page, a real browser, and fits of one step."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from capslice import Reader
from capslice.agent.learning.folder import LearningFolder
from capslice.models.labels import rows_of
from capslice.training.mock_page import MockPage
from tests.agent.journal.journals import attempts
from tests.conftest import ROOT

ANSWERS = 20
# Begins with a model that is right, fits after each 12 answers, and prints the reason to end.
LEARNER = f"""
import math, sys
from pathlib import Path
from capslice.agent.learning.folder import LearningFolder
from capslice.agent.learning.learning import Learning
from capslice.agent.learning.steps import Goals, Rhythm
from tests.conftest import settings_for

url, out = sys.argv[1:]
learning = Learning(
    settings_for(url, model={{"path": Path("ellipses")}}),
    LearningFolder(Path(out)),
    Goals(until=2, submissions={ANSWERS}, seconds=math.inf),
    Rhythm(sizes=(12,)),
    ("--steps", "1"),
)
learning.prepare()
print(learning.run())
learning.summarise("submissions")
"""
MOMENTS = 30
FIRST_TURN = 4.0  # seconds at most; each turn may last a second longer than the one before


def start(page: MockPage, out: Path) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", LEARNER, page.url, str(out)]
    return subprocess.Popen(line, cwd=ROOT, text=True, stdout=subprocess.PIPE)


def check_evidence(page: MockPage, folder: LearningFolder) -> int:
    """Each answer is there once; returns how many were sent."""
    sent = [row for row in attempts(folder.journal) if row["submitted"]]
    judged = page.visits.accepted + page.visits.rejected
    known = Counter(row["verdict"] for row in sent)
    assert known["accepted"] <= page.visits.accepted
    assert known["rejected"] <= page.visits.rejected
    # Of those without a verdict, the process was killed before the answer or before the verdict.
    assert judged <= len(sent) <= ANSWERS
    if folder.labels.exists():
        labels = [text for _, text in rows_of(folder.evidence, folder.labels)]
        accepted = [row["text"] for row in sent if row["verdict"] == "accepted"]
        assert labels == accepted[: len(labels)]
    return len(sent)


@pytest.mark.slow
def test_a_round(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    page, folder = serve(), LearningFolder(tmp_path / "learned")
    with start(page, folder.path) as process:
        assert process.communicate(timeout=600)[0] == "submissions\n"
    assert check_evidence(page, folder) == ANSWERS
    (fitted,) = folder.rounds()
    assert (fitted.after, fitted.labels) == (12, 0)
    assert Reader(folder.model).card.charset
    assert len(json.loads(folder.summary.read_text())["curve"]) == 2


@pytest.mark.slow
def test_killed_at_any_moment(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    page, folder, random = serve(), LearningFolder(tmp_path / "learned"), Random(33)
    for turn in range(MOMENTS):
        with start(page, folder.path) as process, suppress(subprocess.TimeoutExpired):
            try:
                process.wait(random.uniform(1, FIRST_TURN + turn))
            finally:
                process.kill()
        if folder.journal.exists():
            check_evidence(page, folder)
    with start(page, folder.path) as process:
        assert process.communicate(timeout=600)[0] == "submissions\n"
    assert check_evidence(page, folder) == ANSWERS
    assert len(folder.rounds()) == 1
