"""The folder of `learn`: labels to begin with, a broken round, and one process at a time."""

from __future__ import annotations

import math
import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from capslice.agent.learning.fitting import fit
from capslice.agent.learning.folder import LearningFolder, Round
from capslice.agent.learning.learning import Learning
from capslice.agent.learning.steps import Goals, next_step
from capslice.agent.owner import Owner
from capslice.errors import JournalError, LabelsError, LearningError
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


def test_the_same_page_in_another_spelling(tmp_path: Path) -> None:
    folder = LearningFolder(tmp_path)
    submit(folder.journal, PAGE.removesuffix("/") + "#form", accepted=1, rejected=0)
    assert learning(folder).prepare() == 2999


def test_files_that_a_kill_left_empty(tmp_path: Path) -> None:
    folder = LearningFolder(tmp_path)
    folder.case_journal.touch()
    folder.evidence.mkdir()
    (folder.evidence / "labels.csv").touch()
    (folder.evidence / "rejected.csv").write_text("file,text\n")
    submit(folder.journal, PAGE, accepted=1, rejected=1)
    assert learning(folder).prepare() == 2998
    for name in ("labels.csv", "rejected.csv"):
        content = (folder.evidence / name).read_text()
        assert content.splitlines()[0] == "file,text"
        assert content.endswith(",abc\n")


def test_a_label_that_no_captcha_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "labels.csv").write_text(f"file,text\n1.png,{'Z' * 101}\n")
    folder = LearningFolder(tmp_path / "learned")
    with pytest.raises(LabelsError, match=r"line 2 of .*labels\.csv has a text that is no label"):
        learning(folder).prepare(tmp_path / "mine")
    assert not folder.evidence.exists()


def test_a_model_that_is_missing(tmp_path: Path) -> None:
    folder = LearningFolder(tmp_path)
    with pytest.raises(LearningError, match=r"round-001/model.onnx is missing: delete the folder"):
        folder.show_model(folder.model_of(1))


@pytest.mark.parametrize(
    "change",
    [
        "update runs set started = 'yesterday'",
        "update runs set ended = '2026-11-30T10:00:00'",
        "update attempts set text = x'ff00'",
        "update attempts set picture = 'abc'",
        "update attempts set confidence = 'sure'",
    ],
)
def test_a_journal_with_a_wrong_value(change: str, tmp_path: Path) -> None:
    folder = LearningFolder(tmp_path)
    submit(folder.journal, PAGE, accepted=1, rejected=0)
    with closing(sqlite3.connect(folder.journal)) as connection, connection:
        connection.execute(change)
    with pytest.raises(JournalError, match="has a wrong value"):
        learning(folder).prepare()


def test_a_fit_that_is_killed(tmp_path: Path) -> None:
    out, log = tmp_path / "-round-001", tmp_path / "fit.log"
    log.write_text("said by an earlier fit\n")
    note = out.with_suffix(".pid")
    with ThreadPoolExecutor(1) as pool:
        fitting = pool.submit(fit, tmp_path, "general", out, log)
        while not (note.exists() and note.read_text()):
            assert not fitting.done()
        os.kill(Owner.parse(note.read_text()).pid, signal.SIGKILL)
        with pytest.raises(LearningError, match=r"the fit failed \(signal 9 ended it"):
            fitting.result()


def test_a_fit_that_fails_is_one_line(tmp_path: Path) -> None:
    log = tmp_path / "fit.log"
    log.write_text("said by an earlier fit\n")
    with pytest.raises(LearningError, match=rf"the fit failed \(.*nowhere.*\): {log} has its"):
        fit(tmp_path / "nowhere", "general", tmp_path / "round-001", log)
    (tmp_path / "round-002").mkdir()
    (tmp_path / "round-002" / "round.json").write_text("{}")
    with pytest.raises(LearningError, match="left no result"):
        fit(tmp_path / "nowhere", "general", tmp_path / "round-002", log)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["fit.log", "round-002"]
