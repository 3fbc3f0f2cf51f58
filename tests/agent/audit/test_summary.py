"""Makes reports from journals: each session counts once, and all figures match the journal."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capslice.agent.audit.plan import AuditFolder, Plan
from capslice.agent.audit.report.report import Report
from capslice.agent.audit.summary import summarise
from capslice.agent.journal.writing import Journal
from capslice.agent.reading.reader import Reader
from capslice.agent.settings import Settings
from capslice.errors import AuditError, TargetUnreachable
from tests.agent.reading.test_reader import SHIPPED_READER
from tests.commands import run_here

CARD = SHIPPED_READER.card
PAGE = "http://127.0.0.1:8000/"
VERDICTS = ("accepted", "rejected", "unsure")

# A session: the verdicts of its captchas without the accepted one, whether one was accepted, and
# how the session ended.
ENDS = st.sampled_from(["", "", "", "error", "interrupt", "killed"])
SESSIONS = st.lists(
    st.tuples(st.lists(st.sampled_from(VERDICTS[1:]), max_size=3), st.booleans(), ENDS), max_size=6
)


def plan(**changes: object) -> Plan:
    made = Plan.of(Settings(), count=10, minutes=None, workers=2, command="capslice audit")
    return made.model_copy(update=changes)


def write(folder: AuditFolder, sessions: Sequence[tuple[list[str], bool, str]]) -> None:
    texts = map("".join, product("23456", repeat=6))
    with Journal(folder.journal) as journal:
        for verdicts, solved, end in sessions:
            run = journal.run(PAGE)
            with suppress(TargetUnreachable, KeyboardInterrupt):
                run.__enter__()
                for verdict in [*verdicts, *(["accepted"] if solved else [])]:
                    entry = run.attempt(PAGE)
                    text = next(texts)
                    entry.read(text.encode(), text, 0.99, [0.99] * 6)
                    entry.ended(verdict, None, PAGE, {"page": 0.25, "verdict": 0.5})
                error = {"error": TargetUnreachable("no"), "interrupt": KeyboardInterrupt()}.get(
                    end
                )
                if end != "killed":
                    run.__exit__(type(error) if error else None, error, None)
    if any(end == "killed" for *_, end in sessions):
        # Looks like a process that has ended, although this one still runs.
        with closing(sqlite3.connect(folder.journal)) as connection:
            connection.execute("UPDATE runs SET created = 1 WHERE ended IS NULL")
            connection.commit()
        with Journal(folder.journal):
            pass


def report_on(path: Path, sessions: Sequence[tuple[list[str], bool, str]]) -> Report:
    folder = AuditFolder(path / "audit")
    folder.start(plan(), resume=False)
    write(folder, sessions)
    return summarise(folder, SHIPPED_READER)


@settings(max_examples=25, deadline=None)
@given(SESSIONS)
def test_each_session_counts_once(sessions: list[tuple[list[str], bool, str]]) -> None:
    with TemporaryDirectory() as folder:
        report = report_on(Path(folder), sessions)
    done = [session for session in sessions if session[2] in ("", "error")]
    solved = [verdicts for verdicts, accepted, end in done if accepted and not end]
    shown = [v for verdicts, accepted, _ in done for v in verdicts + ["accepted"] * accepted]
    solving = report.solving
    assert (solving.sessions.count, solving.sessions.of) == (len(solved), len(done))
    assert solving.failed == sum(bool(end) for *_, end in done) == sum(solving.errors.values())
    assert solving.ended_early == len(sessions) - len(done)
    assert (solving.captchas.count, solving.captchas.of) == (shown.count("accepted"), len(shown))
    assert solving.answers.of == len(shown) - shown.count("unsure")
    assert solving.unsure == shown.count("unsure")
    at_first = sum(not verdicts for verdicts in solved)
    assert [rate.count for rate in solving.by_attempt][:1] == ([at_first] if solved else [])
    if solved:
        assert solving.by_attempt[-1].count == len(solved)
    assert report.confidence.of == sum(report.confidence.counts) == len(shown)
    assert {stage.of for stage in report.stages} <= {len(shown)}
    assert report.repeats.pictures == report.repeats.distinct_pictures == len(shown)
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_content(tmp_path: Path) -> None:
    report = report_on(tmp_path, [([], True, "")] * 9 + [(["rejected"], True, "")])
    assert "10 of 10 sessions (100.0 %, 95 % interval 72.2 to 100.0 %)" in report.headline
    assert [stage.name for stage in report.stages] == ["page", "verdict"]
    assert report.stages[1].share == pytest.approx(2 / 3)
    assert [len(rejected.picture) > 0 for rejected in report.rejected] == [True]
    assert (report.alphabet.missing, report.alphabet.unused) == ("8", "01789")
    assert report.alphabet.possible_bits == pytest.approx(19.93, abs=0.01)
    assert report.model["card"]["charset"] == CARD.charset
    assert report.evidence
    assert report.evidence.doubts == ()
    assert report.evidence.expected == pytest.approx(11 * 0.99)
    assert report.thresholds
    assert (report.thresholds.seconds_per_picture, report.thresholds.seconds_per_answer) == (
        0.25,
        0.5,
    )
    assert (report.thresholds.best, report.thresholds.rows[0].captchas.count) == (0, 10)
    assert report.sample
    assert report.sample.verdict == "accepted"
    not_tested = [weakness for weakness in report.weaknesses if weakness.result == "not_tested"]
    assert {weakness.key for weakness in not_tested} >= {"reused_answer", "no_limit"}


def test_secrets_are_removed(tmp_path: Path) -> None:
    secret = Settings.model_validate(
        {
            "target": {"url": "http://ann:S3CR3T@127.0.0.1/?token=S3CR3T"},
            "browser": {
                "proxy": {"server": "http://a:S3CR3T@b.example", "password": "S3CR3T"},
                "cdp": "http://x:S3CR3T@127.0.0.1:9222",
            },
        }
    )
    made = Plan.of(secret, count=1, minutes=None, workers=1, command="capslice audit")
    assert "S3CR3T" not in made.model_dump_json()


def test_folder_with_another_audit(tmp_path: Path) -> None:
    folder = AuditFolder(tmp_path / "audit")
    with pytest.raises(AuditError, match="no audit"):
        folder.plan()
    first = folder.start(plan(), resume=True)
    with pytest.raises(AuditError, match="--resume"):
        folder.start(plan(), resume=False)
    assert folder.start(plan(count=99), resume=True) == first
    with pytest.raises(AuditError, match=r"not of http://127\.0\.0\.1:9000/"):
        folder.start(plan(url="http://127.0.0.1:9000/"), resume=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="cannot be created"):
        AuditFolder(tmp_path / "file" / "audit").start(plan(), resume=False)
    (folder.path / "weaknesses.json").write_text(json.dumps([{"key": "x"}]))
    with pytest.raises(AuditError, match="broken"):
        folder.weaknesses()


def test_readings_that_are_no_sums_leave_out_no_threshold(tmp_path: Path) -> None:
    folder = AuditFolder(tmp_path / "audit")
    folder.start(plan(), resume=False)
    write(folder, [(["unsure"], True, "")])
    of_texts = summarise(folder, SHIPPED_READER).thresholds
    of_sums = summarise(folder, Reader("general", answer="sum")).thresholds
    assert of_texts
    assert of_sums
    assert [row.confidence for row in of_texts.rows] == [0.99]
    assert of_sums.rows[0].confidence == 0
    assert len(of_sums.rows) > 10


def test_no_heading_stands_above_no_threshold(tmp_path: Path) -> None:
    report_on(tmp_path, [(["rejected", "unsure"], False, "")])
    done = run_here("report", tmp_path / "audit")
    assert "report: " in done.stdout
    assert "accepted, of all pictures read" not in done.stdout
    report_on(tmp_path / "another", [(["rejected"], True, "")])
    done = run_here("report", tmp_path / "another" / "audit")
    assert "accepted, of all pictures read" in done.stdout
