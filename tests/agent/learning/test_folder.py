"""The folder of `learn`: labels to begin with, a broken round, and one process at a time."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from capslice.agent.learning.fitting import fit
from capslice.agent.learning.folder import LearningFolder, Round
from capslice.agent.learning.learning import Learning
from capslice.agent.learning.steps import Goals, next_step
from capslice.errors import LearningError
from capslice.models.labels import labels_of
from capslice.training.pictures import EllipseCaptcha, generate
from tests.agent.journal.journals import PAGE, submit
from tests.conftest import settings_for

GOALS = Goals(0.95, 3000, math.inf)
ROUND = Round(after=0, labels=0, right=1, of=1, seconds=1.0, taken=True)


def learning(folder: LearningFolder) -> Learning:
    return Learning(settings_for(PAGE), folder, GOALS)


def test_labels_to_begin_with(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    drawn = list(generate(captcha, tmp_path / "mine", 30, np.random.default_rng(5)))
    (tmp_path / "mine" / "notes.txt").write_text("no picture")
    folder = LearningFolder(tmp_path / "learned")
    for _ in range(2):
        found = learning(folder)
        assert found.prepare(tmp_path / "mine") == 3000
        progress = found.progress()
        assert (progress.labels, next_step(progress, GOALS, found.rhythm)) == (30, "fit")
    assert sorted(labels_of(folder.evidence).values()) == sorted(file.name[:6] for file in drawn)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    folder = LearningFolder(tmp_path)
    with (
        folder.owned(),
        pytest.raises(LearningError, match=r"process \d+ already learns in"),
        LearningFolder(tmp_path).owned(),
    ):
        pass
    with folder.owned():
        pass


def test_rounds_are_read_in_order(tmp_path: Path) -> None:
    folder = LearningFolder(tmp_path)
    for number in (1, 2, 4):
        folder.round(number).mkdir()
    folder.end_round(1, ROUND)
    folder.end_round(4, ROUND)
    assert folder.rounds() == [ROUND]
    (folder.round(2) / "learn.json").write_text("{")
    with pytest.raises(LearningError, match="is broken: delete the folder"):
        folder.rounds()


def test_answers_of_another_page(tmp_path: Path) -> None:
    folder = LearningFolder(tmp_path)
    submit(folder.journal, "http://127.0.0.1:8001/", accepted=1, rejected=0)
    with pytest.raises(LearningError, match="holds what was learned from"):
        learning(folder).prepare()


def test_a_fit_that_fails_is_one_line(tmp_path: Path) -> None:
    log = tmp_path / "fit.log"
    with pytest.raises(LearningError, match=rf"the fit failed \(.*nowhere.*\): {log} has its"):
        fit(tmp_path / "nowhere", "general", tmp_path / "round-001", log)
    (tmp_path / "round-002").mkdir()
    (tmp_path / "round-002" / "round.json").write_text("{}")
    with pytest.raises(LearningError, match="left no result"):
        fit(tmp_path / "nowhere", "general", tmp_path / "round-002", log)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["fit.log", "round-002"]
