"""An audit of real pages, by real browsers: sound ones, and ones that make a mistake each."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from capslice.agent.audit.audit import audit
from capslice.agent.audit.plan import Folder, Plan
from capslice.agent.audit.probing.weaknesses import KEPT_PICTURE
from capslice.agent.audit.report.report import Report
from capslice.errors import NothingThere, TargetRefused
from capslice.training.mock_page import Faults, MockPage, Switches, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.commands import command, run
from tests.conftest import in_a_thread, settings_for

# Wrong answers that a sound page takes: one more than the other probes give, so that the last of
# them meets the limit at once.
LIMIT = 6
SOUND = {"wrong_limit": LIMIT}

Audited = Callable[..., Report]


@pytest.fixture
def audited(tmp_path: Path, serve: Callable[..., MockPage]) -> Audited:
    """The report of an audit of a page with such switches."""

    def audited(
        count: int = 2, workers: int = 1, probing: bool = True, **switches: object
    ) -> Report:
        page = serve(**{**SOUND, **switches})
        return _audit(page.url, tmp_path / "audit", count, workers, probing)

    return audited


def _audit(url: str, path: Path, count: int, workers: int, probing: bool, **target: Any) -> Report:
    settings = settings_for(url, target=target)
    folder = Folder(path)
    plan = Plan.of(settings, count=count, minutes=None, workers=workers, command="(a test)")
    folder.begin(plan, resume=True)
    report: Report = in_a_thread(audit, settings, folder, plan, probing=probing)
    assert Report.model_validate_json(folder.report.read_bytes()) == report
    assert report.headline in folder.page.read_text().replace("&#39;", "'")
    return report


def found(report: Report) -> set[str]:
    return {weakness.key for weakness in report.weaknesses if weakness.result == "found"}


def untried(report: Report) -> set[str]:
    return {weakness.key for weakness in report.weaknesses if weakness.result == "not_tested"}


def test_a_sound_page_makes_no_mistake(audited: Audited) -> None:
    report = audited(count=6, workers=2)
    assert (report.solving.sessions.count, report.solving.sessions.of) == (6, 6)
    assert found(report) == set()
    # Six captchas are too few to say that a digit never comes, if one did not.
    assert untried(report) <= {"missing_character"}, report.weaknesses
    assert "limit set in" in {w.key: w for w in report.weaknesses}["no_limit"].evidence


@pytest.mark.parametrize(
    "mistakes",
    [
        {"answer_in_page", "answer_in_cookie", "missing_field", "reused_answer"},
        {"answer_in_address", "empty_answer", "foreign_answer", "kept_picture", "no_limit"},
    ],
    ids=lambda mistakes: " and ".join(sorted(mistakes)),
)
def test_these_mistakes_are_found_and_no_other(
    mistakes: set[str], audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit: int | None = LIMIT
    if "no_limit" in mistakes:
        limit = None
        monkeypatch.setattr("capslice.agent.audit.probing.probes.WRONG_ANSWERS", 5)
    report = audited(count=1, weaknesses=mistakes - {"no_limit"}, wrong_limit=limit)
    assert found(report) == mistakes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("weakness", "key"),
    [("few_pictures", "same_pictures"), ("missing_digit", "missing_character")],
)
def test_what_only_many_captchas_show(weakness: str, key: str, audited: Audited) -> None:
    report = audited(count=16, workers=2, probing=False, weaknesses={weakness})
    assert found(report) == {key}
    assert report.alphabet.missing == ("8" if weakness == "missing_digit" else "")


@pytest.mark.parametrize(
    ("variant", "target"),
    [
        (
            Variant("canvas", "script", "in_place", "boxes", frame=True, obstacle="banner"),
            {"selectors": {"frame": "#frame", "dismiss": "#cookie-accept"}},
        ),
        pytest.param(
            Variant("svg", "button", "status"),
            {
                "selectors": {"success": "", "failure": ""},
                "statuses": {"accepted": [200], "rejected": [422]},
            },
            marks=pytest.mark.slow,
        ),
    ],
    ids=["in place, in a frame", "by status"],
)
def test_other_pages_are_probed_as_well(
    variant: Variant, target: dict[str, Any], tmp_path: Path
) -> None:
    switches = Switches(wrong_limit=LIMIT, weaknesses=frozenset({"reused_answer"}))
    with MockPage(EllipseCaptcha(), switches, variant=variant, seed=1) as page:
        report = _audit(page.url, tmp_path / "audit", 1, 1, True, **target)
    assert found(report) == {"reused_answer"}
    assert untried(report) <= {"missing_character", "uneven_characters"}


def test_what_may_pass_is_tried_again(tmp_path: Path) -> None:
    faults = Faults(0.08, seed=3, kinds={"error_500"})
    with MockPage(EllipseCaptcha(), Switches(**SOUND), faults=faults, seed=1) as page:
        report = _audit(page.url, tmp_path / "audit", 1, 1, True)
    assert page.visits.faults["error_500"]
    assert found(report) == set()
    assert untried(report) <= {"missing_character", "uneven_characters"}, report.weaknesses


def test_a_site_that_says_no_is_asked_no_more(
    serve: Callable[..., MockPage], tmp_path: Path
) -> None:
    page = serve(refuse_with=403)
    with pytest.raises(TargetRefused):
        _audit(page.url, tmp_path / "audit", 5, 1, True)
    assert page.visits.rejected == 1
    report = Report.model_validate_json((tmp_path / "audit/report.json").read_bytes())
    assert (report.solving.failed, report.solving.sessions.count) == (1, 0)
    assert "no_limit" in untried(report)


def test_what_is_known_is_not_lost_by_going_on_without_probes(
    serve: Callable[..., MockPage], tmp_path: Path
) -> None:
    page = serve(**SOUND)
    folder = Folder(tmp_path / "audit")
    folder.path.mkdir()
    folder.know({"kept_picture": KEPT_PICTURE.found("it was there")})
    report = _audit(page.url, folder.path, 1, 1, False)
    assert found(report) == {"kept_picture"}
    assert "no_limit" in untried(report)


def test_nothing_there(tmp_path: Path) -> None:
    with MockPage(EllipseCaptcha()) as page:
        url = page.url
    with pytest.raises(NothingThere):
        _audit(url, tmp_path / "audit", 100, 2, True)
    report = Report.model_validate_json((tmp_path / "audit/report.json").read_bytes())
    assert 5 <= report.solving.failed <= 6
    assert report.solving.sessions.of == report.solving.failed


def outcomes(journal: Path) -> Counter[str | None]:
    with closing(sqlite3.connect(journal)) as connection:
        return Counter(outcome for (outcome,) in connection.execute("SELECT outcome FROM runs"))


@pytest.mark.parametrize(
    "end", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGKILL]
)
def test_it_goes_on_where_it_was(
    end: signal.Signals, serve: Callable[..., MockPage], tmp_path: Path
) -> None:
    page, out = serve(**SOUND), tmp_path / "audit"
    audit = ["audit", page.url, "--count", "10", "--workers", "2", "--no-probes", "--out", out]
    with subprocess.Popen(
        command(*audit),
        stderr=subprocess.PIPE, text=True, cwd=tmp_path, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(("2 sessions", "3 sessions", "4 sessions")):
                os.killpg(process.pid, end)
                break
        said = process.stderr.read()
    assert process.returncode == (130 if end is signal.SIGINT else -end)
    if end is signal.SIGINT:
        assert "so far" in said
        # What was begun was brought to its end.
        assert set(outcomes(out / "journal.sqlite")) == {"solved"}
        so_far = json.loads((out / "report.json").read_text())
        assert so_far["solving"]["sessions"]["of"] == outcomes(out / "journal.sqlite")["solved"]
    # More than one in a hundred were solved, surely.
    done = run(*audit, "--resume", "--json", "--fail-above", status=1, cwd=tmp_path)
    report = Report.model_validate_json(done.stdout)
    counted = outcomes(out / "journal.sqlite")
    assert counted["solved"] == report.solving.sessions.of == 10
    assert counted["killed"] == report.solving.ended_early == counted.total() - 10
