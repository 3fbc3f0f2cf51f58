"""What `learn` measured, in the report of an audit of the same page."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from capslice.agent.audit.report.html import html_page
from capslice.agent.audit.report.learned import Learned, find_learned, load_learned
from capslice.agent.learning.folder import LearningFolder
from capslice.agent.learning.learning import Learning
from capslice.agent.learning.steps import Goals
from capslice.errors import AuditError
from tests.agent.audit.report.reports import full, learned
from tests.agent.journal.journals import submit
from tests.conftest import settings_for

PAGE = "http://127.0.0.1:8000/"


def test_the_summary_of_learn(tmp_path: Path) -> None:
    folder = LearningFolder(tmp_path)
    submit(folder.journal, PAGE, accepted=30, rejected=70)
    Learning(settings_for(PAGE), folder, Goals(0.95, 3000, math.inf)).summarise("interrupted")
    found = load_learned(tmp_path, PAGE)
    assert (found.submissions, found.labels, len(found.curve)) == (100, 0, 1)
    assert (found.curve[0].answers.count, found.curve[0].answers.of) == (30, 100)
    assert [each.submissions for each in found.reached] == [0, None, None]
    with pytest.raises(AuditError, match="holds what was learned from"):
        load_learned(tmp_path, "https://example.org/")
    assert find_learned(None, folder.model, PAGE) == found, "it is beside the model"
    assert find_learned(None, folder.model, "https://example.org/") is None
    folder.summary.write_text("{}")
    assert find_learned(None, folder.model, PAGE) is None
    with pytest.raises(AuditError, match=r"has no summary\.json of `capslice learn`"):
        find_learned(tmp_path, folder.model, PAGE)


def test_the_section_of_the_report() -> None:
    page = html_page(full())
    assert "What an attacker without labels needs" in page
    assert "after 500 answers and 14.2 min" in page
    by_hand = learned(labels=50, reached=())
    assert "and from 50 labels made by hand" in html_page(full(learned=by_hand))
    assert "without labels" not in html_page(full(learned=None))
    assert Learned.model_validate_json(learned().model_dump_json()) == learned()
