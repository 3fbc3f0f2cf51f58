"""Audits of real pages with real browsers: pages with and without weaknesses."""

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
from capslice.agent.audit.plan import LOCK, AuditFolder, Plan
from capslice.agent.audit.report.report import Report
from capslice.agent.audit.weaknesses import KEPT_PICTURE
from capslice.errors import AuditError, NothingThere, TargetRefused
from capslice.training.mock_page import Faults, MockPage, Switches, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.commands import command, run
from tests.conftest import in_a_thread, settings_for

# The limit of wrong answers of a page without weaknesses: one more than the other probes send, so
# that the last probe reaches it at once.
LIMIT = 7
SOUND = {"wrong_limit": LIMIT}

Audited = Callable[..., Report]


@pytest.fixture
def audited(tmp_path: Path, serve: Callable[..., MockPage]) -> Audited:
    """Audits a page with the given switches, and returns the report."""

    def audited(
        count: int = 2, workers: int = 1, probing: bool = True, **switches: object
    ) -> Report:
        page = serve(**{**SOUND, **switches})
        return _audit(page.url, tmp_path / "audit", count, workers, probing)

    return audited


def _audit(url: str, path: Path, count: int, workers: int, probing: bool, **target: Any) -> Report:
    settings = settings_for(url, target=target)
    folder = AuditFolder(path)
    plan = Plan.of(settings, count=count, minutes=None, workers=workers, command="(a test)")
    folder.start(plan, resume=True)
    report: Report = in_a_thread(audit, settings, folder, plan, probing=probing)
    assert Report.model_validate_json(folder.report.read_bytes()) == report
    assert f'<h1><span class="quiet">Captcha audit of</span> {url}</h1>' in folder.page.read_text()
    return report


def found(report: Report) -> set[str]:
    return {weakness.key for weakness in report.weaknesses if weakness.result == "found"}


def not_tested(report: Report) -> set[str]:
    return {weakness.key for weakness in report.weaknesses if weakness.result == "not_tested"}


def test_page_without_weaknesses(audited: Audited) -> None:
    report = audited(count=6, workers=2)
    assert (report.solving.sessions.count, report.solving.sessions.of) == (6, 6)
    assert found(report) == set()
    # A digit may be missing in six captchas by chance.
    assert not_tested(report) <= {"missing_character"}, [
        each for each in report.weaknesses if each.result == "not_tested"
    ]
    assert "limit was reached" in {w.key: w for w in report.weaknesses}["no_limit"].evidence


@pytest.mark.parametrize(
    "weaknesses",
    [
        {"answer_in_page", "answer_in_cookie", "missing_field", "reused_answer"},
        {"answer_in_address", "empty_answer", "foreign_answer", "kept_picture", "no_limit"},
        {"checksum_in_page", "same_outlines", "answer_sent_away", "redrawn_answer"},
        {"wrong_answer", "empty_answer", "foreign_answer"},
    ],
    ids=lambda weaknesses: " and ".join(sorted(weaknesses)),
)
def test_page_with_weaknesses(
    weaknesses: set[str], audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit: int | None = LIMIT
    if "no_limit" in weaknesses:
        limit = None
        monkeypatch.setattr("capslice.agent.audit.probing.probes.WRONG_ANSWERS", 5)
    report = audited(count=1, weaknesses=weaknesses - {"no_limit"}, wrong_limit=limit)
    assert found(report) == weaknesses


@pytest.mark.slow
@pytest.mark.parametrize(
    ("weakness", "key"),
    [("few_pictures", "same_pictures"), ("missing_digit", "missing_character")],
)
def test_weaknesses_that_many_captchas_reveal(weakness: str, key: str, audited: Audited) -> None:
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
def test_probes_of_other_variants(variant: Variant, target: dict[str, Any], tmp_path: Path) -> None:
    switches = Switches(wrong_limit=LIMIT, weaknesses=frozenset({"reused_answer"}))
    with MockPage(EllipseCaptcha(), switches, variant=variant, seed=1) as page:
        report = _audit(page.url, tmp_path / "audit", 1, 1, True, **target)
    assert found(report) == {"reused_answer"}
    assert not_tested(report) <= {"missing_character", "uneven_characters"}


def test_probes_are_repeated_after_transient_errors(tmp_path: Path) -> None:
    faults = Faults(0.08, seed=3, kinds={"error_500"})
    with MockPage(EllipseCaptcha(), Switches(**SOUND), faults=faults, seed=1) as page:
        report = _audit(page.url, tmp_path / "audit", 1, 1, True)
    assert page.visits.faults["error_500"]
    assert found(report) == set()
    assert not_tested(report) <= {"missing_character", "uneven_characters"}, [
        each for each in report.weaknesses if each.result == "not_tested"
    ]


def test_refusal_ends_the_audit(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    page = serve(refuse_with=403)
    with pytest.raises(TargetRefused):
        _audit(page.url, tmp_path / "audit", 5, 1, True)
    assert page.visits.rejected == 1
    report = Report.model_validate_json((tmp_path / "audit/report.json").read_bytes())
    assert (report.solving.failed, report.solving.sessions.count) == (1, 0)
    assert "no_limit" in not_tested(report)


def test_resume_without_probes_keeps_results(
    serve: Callable[..., MockPage], tmp_path: Path
) -> None:
    page = serve(**SOUND)
    folder = AuditFolder(tmp_path / "audit")
    folder.path.mkdir()
    folder.save_weaknesses({"kept_picture": KEPT_PICTURE.found("it was there")})
    report = _audit(page.url, folder.path, 1, 1, False)
    assert found(report) == {"kept_picture"}
    assert "no_limit" in not_tested(report)


def test_a_folder_is_audited_by_one_process_at_a_time(tmp_path: Path) -> None:
    folder, lock = AuditFolder(tmp_path), tmp_path / LOCK
    with (
        folder.locked(),
        pytest.raises(AuditError, match=r"process \d+ already audits in"),
        folder.locked(),
    ):
        pass
    # Another process is just about to write who it is, or it died before it did.
    lock.touch()
    with pytest.raises(AuditError, match="another process already audits in"), folder.locked():
        pass
    os.utime(lock, (0, 0))
    with folder.locked():
        assert lock.read_text()


def test_nothing_listens(tmp_path: Path) -> None:
    with MockPage(EllipseCaptcha()) as page:
        url = page.url
    with pytest.raises(NothingThere):
        _audit(url, tmp_path / "audit", 100, 2, True)
    assert not (tmp_path / "audit").exists()
    # What is not the audit's stays.
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "notes.txt").write_text("mine")
    with pytest.raises(NothingThere):
        _audit(url, tmp_path / "audit", 100, 2, True)
    assert [file.name for file in (tmp_path / "audit").iterdir()] == ["notes.txt"]


def outcomes(journal: Path) -> Counter[str | None]:
    with closing(sqlite3.connect(journal)) as connection:
        return Counter(outcome for (outcome,) in connection.execute("SELECT outcome FROM runs"))


@pytest.mark.parametrize(
    ("end", "status"),
    [
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow),
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGHUP, 129, marks=pytest.mark.slow),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_interrupted_audit_is_resumed(
    end: signal.Signals, status: int, serve: Callable[..., MockPage], tmp_path: Path
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
                if end in (signal.SIGTERM, signal.SIGHUP):
                    process.send_signal(end)
                else:
                    os.killpg(process.pid, end)
                break
        message = process.stderr.read()
    assert process.returncode == status
    if end is not signal.SIGKILL:
        assert "so far" in message
        # The running sessions had some seconds to end.
        assert set(outcomes(out / "journal.sqlite")) <= {"solved", "interrupted"}
        so_far = json.loads((out / "report.json").read_text())
        assert so_far["solving"]["sessions"]["of"] == outcomes(out / "journal.sqlite")["solved"]
    done = run(*audit, "--resume", "--json", "--fail-above", status=1, cwd=tmp_path)
    report = Report.model_validate_json(done.stdout)
    counted = outcomes(out / "journal.sqlite")
    assert counted["solved"] == report.solving.sessions.of == 10
    ended_early = counted["killed"] + counted["interrupted"]
    assert ended_early == report.solving.ended_early == counted.total() - 10
