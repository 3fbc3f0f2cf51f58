"""A captcha is judged only on evidence: green needs answers that were sent and rejected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.audit.plan import AuditFolder
from capslice.agent.audit.report.assessment import (
    ANSWERS_NEEDED,
    BROKEN,
    Level,
    assess,
    headline,
    is_judged,
)
from capslice.agent.audit.report.figures import Evidence, Solving
from capslice.agent.audit.report.report import Report
from capslice.agent.audit.report.statistics import rate
from capslice.agent.commands.audit import show_report
from tests.agent.audit.report.reports import empty, full, solving, unjudged


@st.composite
def audits(draw: st.DrawFn, most_answers: int = 3000) -> Solving:
    """Counts that can occur: at most one accepted answer a session, no answer without a picture."""
    sent = draw(st.integers(0, most_answers))
    pictures = draw(st.integers(sent, 10_000))
    sessions = draw(st.integers(0, 5000))
    accepted = draw(st.integers(0, min(sent, sessions)))
    return solving(rate(accepted, sessions), rate(accepted, sent), pictures)


@given(audits(ANSWERS_NEEDED - 1), st.floats(0, BROKEN))
def test_few_answers_never_keep_a_machine_out(counts: Solving, threshold: float) -> None:
    assert assess(counts, threshold=threshold).level is not Level.BELOW


@given(audits(0), st.floats(0, 1))
def test_no_answer_is_nothing_to_judge(counts: Solving, threshold: float) -> None:
    assert assess(counts, threshold=threshold).level is Level.NOTHING_TO_JUDGE


@given(audits())
def test_below_needs_both_intervals(counts: Solving) -> None:
    below = assess(counts).level is Level.BELOW
    both = counts.sessions.high <= BROKEN and counts.answers.high <= BROKEN
    assert below == both


@given(audits(), st.floats(0, 1))
def test_sessions_above_the_threshold_are_never_excused(counts: Solving, threshold: float) -> None:
    above = counts.sessions.of > 0 and counts.sessions.rate > threshold
    level = assess(counts, threshold=threshold).level
    assert (level in (Level.ABOVE, Level.LIKELY_ABOVE)) == above


@given(st.integers(ANSWERS_NEEDED, 5000), st.integers(1, 5))
def test_many_rejected_answers_keep_a_machine_out(sessions: int, attempts: int) -> None:
    answers = sessions * attempts
    assert assess(solving(rate(0, sessions), rate(0, answers), answers)).level is Level.BELOW


def test_answers_needed() -> None:
    assert rate(0, ANSWERS_NEEDED).high <= BROKEN < rate(0, ANSWERS_NEEDED - 1).high


@pytest.mark.parametrize(
    ("sessions", "answers", "pictures", "failed", "level"),
    [
        # None of 390 sessions was solved, and:
        ((0, 390), (0, 0), 1950, 0, Level.NOTHING_TO_JUDGE),  # the model was never sure
        ((0, 390), (0, 380), 1950, 0, Level.NOTHING_TO_JUDGE),  # one answer too few
        ((0, 390), (0, 381), 1950, 0, Level.BELOW),
        ((0, 390), (0, 0), 0, 390, Level.NOTHING_TO_JUDGE),  # every session failed
        ((0, 390), (0, 90), 90, 300, Level.NOTHING_TO_JUDGE),  # most sessions failed
        ((0, 390), (0, 1950), 1950, 0, Level.BELOW),
        # More sessions settle it if the model answers most pictures.
        ((0, 100), (0, 95), 100, 0, Level.UNDECIDED),
        ((0, 100), (0, 95), 500, 0, Level.NOTHING_TO_JUDGE),
        # Few answers, but so many accepted that the captcha did not keep this machine out.
        ((3, 1000), (3, 4), 5000, 0, Level.UNDECIDED),
        ((30, 100), (30, 31), 500, 0, Level.ABOVE),
    ],
)
def test_levels(
    sessions: tuple[int, int],
    answers: tuple[int, int],
    pictures: int,
    failed: int,
    level: Level,
) -> None:
    counts = solving(rate(*sessions), rate(*answers), pictures, failed)
    assert assess(counts).level is level
    assert is_judged(counts) == (level is not Level.NOTHING_TO_JUDGE)
    words = headline(counts, None, ())
    assert ("Not enough evidence" in words) == (level is Level.NOTHING_TO_JUDGE)
    assert ("kept this machine out" in words) == (level is Level.BELOW)


def test_reason_says_what_was_read_and_what_to_do() -> None:
    report = unjudged()
    reason = assess(report.solving, report.evidence).reason
    for part in (
        "No answer was sent; it takes 381 answers, all rejected",
        "Of 1950 pictures, the model read 0 with a confidence of at least 0.95",
        "captcha 'varied': 6 characters of 234568 in pictures of 310x80 pixels",
        "The pictures of this site have 150x40 pixels",
        "make one with `capslice fit` or `capslice learn`",
    ):
        assert part in reason.replace(",950", "950")


def test_reason_after_errors() -> None:
    counts = solving(rate(0, 390), rate(0, 0), 0, failed=390)
    reason = assess(counts, unjudged().evidence).reason
    assert "390 of 390 sessions ended with an error" in reason
    assert "capslice fit" not in reason


def about(expected: float, *doubts: str) -> Evidence:
    """Evidence on a model that expects so many of its answers to be accepted."""
    evidence = unjudged().evidence
    assert evidence
    return evidence.model_copy(update={"expected": expected, "doubts": doubts})


@pytest.mark.parametrize(
    ("sessions", "answers", "evidence", "level", "words"),
    [
        # None of 1,950 answers was accepted. That keeps a machine out, unless:
        ((0, 390), (0, 1950), about(0.5), Level.BELOW, "Another machine may do better"),
        ((0, 390), (0, 1950), about(35, "it is unsure"), Level.NOTHING_TO_JUDGE, "it is unsure"),
        ((0, 390), (0, 1950), about(1900), Level.NOTHING_TO_JUDGE, "sure of about 1,900"),
        ((0, 390), (0, 1950), about(19), Level.NOTHING_TO_JUDGE, "settings mistake"),
        # More sessions would not settle what the wrong model reads.
        ((0, 50), (0, 250), about(5, "it is unsure"), Level.NOTHING_TO_JUDGE, "it is unsure"),
        ((0, 50), (0, 250), about(0.5), Level.UNDECIDED, "More sessions"),
        # A badly fitted model that gets in shows what a better one can do.
        ((29, 40), (29, 90), about(20, "it is unsure"), Level.ABOVE, "Even the lower end"),
        # The site accepts everything.
        ((390, 390), (390, 390), about(8), Level.ABOVE, "accepts wrong answers too"),
        ((390, 390), (390, 390), about(380), Level.ABOVE, "Even the lower end"),
    ],
)
def test_model_and_site_must_belong_together(
    sessions: tuple[int, int],
    answers: tuple[int, int],
    evidence: Evidence,
    level: Level,
    words: str,
) -> None:
    counts = solving(rate(*sessions), rate(*answers), answers[1])
    assessment = assess(counts, evidence)
    assert (assessment.level, words in assessment.reason) == (level, True)
    assert is_judged(counts, evidence) == (level is not Level.NOTHING_TO_JUDGE)
    assert ("wrong answers too" in assessment.reason) == (evidence.expected == 8)
    said = headline(counts, None, (), evidence)
    assert ("kept this machine out" in said) == (level is Level.BELOW)


@given(audits(), st.floats(0, 1), st.floats(0, BROKEN))
def test_doubts_never_keep_a_machine_out(counts: Solving, share: float, threshold: float) -> None:
    evidence = about(share * counts.answers.of, "it is unsure")
    assert assess(counts, evidence, threshold).level is not Level.BELOW


@pytest.mark.parametrize(
    ("make", "fail_above", "status"),
    [
        (unjudged, None, 4),
        (unjudged, 0.01, 4),
        (unjudged, 0.5, 4),
        (empty, None, 4),
        (full, None, 0),
        (full, 0.01, 1),
        (full, 1.0, 0),
    ],
)
def test_exit_status(
    make: Callable[[], Report],
    fail_above: float | None,
    status: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    report, junit = make(), tmp_path / "junit.xml"
    assert show_report(report, AuditFolder(tmp_path), fail_above, junit, as_json=False) == status
    printed = capsys.readouterr().out
    assert printed.startswith(report.headline)
    assert ("all rejected" in printed) == (make is unjudged)
    assert ("Not enough evidence" in junit.read_text()) == (status == 4)


def test_terminal_says_how_many_weaknesses_were_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, *others = (each for each in full().weaknesses if each.result != "found")
    report = full(weaknesses=(one, others[0]))
    show_report(report, AuditFolder(tmp_path), None, None, as_json=False)
    said = "No weakness was found among the 1 of 2 that were looked for.\n"
    assert said in capsys.readouterr().out
    show_report(full(), AuditFolder(tmp_path), None, None, as_json=False)
    assert "looked for" not in capsys.readouterr().out
