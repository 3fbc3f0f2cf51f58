"""The comparison of two audits: figures checked against published ones, and sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capslice.agent.audit.report.compare import compare, difference
from capslice.agent.audit.report.figures import Rate
from capslice.agent.audit.report.learned import Reached
from capslice.agent.audit.report.report import Report
from capslice.agent.audit.report.statistics import rate
from tests.agent.audit.report.arbitrary import any_report
from tests.agent.audit.report.reports import empty, evidence, full, learned, unjudged
from tests.commands import error_of, run


# Newcombe, Interval estimation for the difference between independent proportions: comparison of
# eleven methods, Statistics in Medicine 17 (1998), 873-890, Table II, method 10.
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_interval(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    found = difference(rate(*second), rate(*first))
    assert found.difference == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_fishers_exact_test() -> None:
    # The lady tasting tea (Fisher, The Design of Experiments, 1935): the one-sided probability of
    # three or more cups right of four is 17/70, the two-sided one 34/70.
    assert difference(rate(3, 4), rate(1, 4)).p_value == pytest.approx(34 / 70)
    # Convictions of like-sex twins of criminals (Fisher, Statistical Methods for Research Workers,
    # section 21.02), two-sided as in the documentation of R's fisher.test.
    assert difference(rate(2, 17), rate(10, 13)).p_value == pytest.approx(0.0005367, abs=5e-8)


def with_rates(sessions: Rate, answers: Rate | None = None) -> Report:
    changes = {"sessions": sessions, "answers": answers or sessions}
    return full(solving=full().solving.model_copy(update=changes))


def test_significant_difference_in_words() -> None:
    words = compare(with_rates(rate(196, 200)), with_rates(rate(12, 200))).summary
    assert words[0] == (
        "Sessions were solved less often in B: 12 of 200 in B, 196 of 200 in A, -92.0 percentage "
        "points (95 % interval -94.8 to -86.8; Fisher's exact test, p < 0.001)."
    )
    words = compare(with_rates(rate(12, 200)), with_rates(rate(196, 200))).summary
    assert "solved more often in B: 196 of 200" in words[0]
    assert "interval +86.8 to +94.8;" in words[0]


def test_insignificant_difference_in_words() -> None:
    found = compare(with_rates(rate(14, 20)), with_rates(rate(12, 20)))
    assert found.summary[0].startswith("No significant difference in solved sessions")
    assert "12 of 20 in B, 14 of 20 in A, -10.0 percentage points" in found.summary[0]
    assert not found.sessions.significant


def test_nothing_to_compare() -> None:
    found = compare(full(), empty())
    assert found.summary[0] == (
        "No comparison is possible: B has not enough evidence. In 0 sessions, the machine read 0 "
        "pictures and sent 0 answers."
    )
    assert found.sessions.p_value is None
    assert "B none" in str(found)


@pytest.mark.parametrize("swap", [False, True])
def test_audit_without_evidence_is_not_compared(swap: bool) -> None:
    a, b = (unjudged(), full()) if swap else (full(), unjudged())
    found = compare(a, b)
    assert found.summary[0].startswith(
        f"No comparison is possible: {'A' if swap else 'B'} has not enough evidence. In 390 "
        "sessions, the machine read 1,950 pictures and sent 0 answers"
    )
    assert (found.sessions.difference, found.sessions.p_value) == (None, None)
    assert not found.sessions.significant
    assert "less often" not in str(found)
    assert "p =" not in str(found)
    assert "percentage points" not in str(found)


def test_thresholds() -> None:
    a = full()
    assert a.thresholds
    row = a.thresholds.rows[0].model_copy(update={"captchas": rate(20, 214)})
    fewer = a.thresholds.model_copy(update={"best": 0.5, "rows": (row,)})
    found = compare(a, full(thresholds=fewer))
    (only,) = found.thresholds
    assert (only.confidence, only.captchas.a.count, only.captchas.b.count) == (0, 196, 20)
    assert only.captchas.significant
    text = str(found)
    assert "accepted, typing from 0: A 196 of 214, 0.9159" in text
    assert "typing does not pay below a confidence of: A 0.2, B 0.5" in text
    earlier = compare(a, full(thresholds=None))
    assert earlier.thresholds == ()
    assert "B unknown" in str(earlier)
    assert "the confidence from which readings were typed" in earlier.setup


def test_audit_with_the_model_of_another_captcha_is_not_compared() -> None:
    nothing = full().solving.model_copy(update={"sessions": rate(0, 200), "answers": rate(0, 900)})
    other = evidence(pictures=900, sure=0, sizes={}, doubts=("it is unsure",))
    found = compare(full(), full(solving=nothing, evidence=other))
    assert found.summary[0].startswith("No comparison is possible: B has not enough evidence.")
    assert found.summary[0].endswith("Its model is not made for the captcha: it is unsure.")


def test_changed_weaknesses() -> None:
    a = full()
    fixed = a.weaknesses[1].model_copy(update={"result": "not_found"})
    # Only one full stop, with or without one in the name.
    named = {"result": "found", "name": "The site accepts an empty answer"}
    new = a.weaknesses[4].model_copy(update=named)
    b = full(weaknesses=(a.weaknesses[0], fixed, a.weaknesses[3], new))
    found = compare(a, b)
    assert {change.key: (change.a, change.b) for change in found.weaknesses} == {
        "answer_reusable": ("found", "not_found"),
        "empty_answer": ("not_found", "found"),
        "no_limit": ("not_tested", None),
    }
    assert "Found only in B (not found in A): The site accepts an empty answer." in found.summary
    text = "\n".join(found.summary)
    assert "Found only in A (not found in B): The site accepts an answer that it" in text


def test_what_attackers_without_labels_need() -> None:
    never = Reached(share=0.9, submissions=None, minutes=None)
    less = learned(reached=(*learned().reached[:2], never))
    found = compare(full(learned=less), full())
    assert "until 90% are accepted, without labels: A never, B 500" in str(found)
    assert compare(full(learned=None), full()).learned == ()


def test_differences_of_the_setup() -> None:
    assert compare(full(), full()).setup == ()
    found = compare(full(), full(machine="another", settings={}))
    assert found.setup == ("settings", "machine")
    assert found.summary[-1].startswith("The audits also differ in settings, machine,")


@settings(max_examples=25)
@given(any_report(st.text(max_size=5)), any_report(st.text(max_size=5)))
def test_any_reports(a: Report, b: Report) -> None:
    def with_equal_counts(report: Report) -> Report:
        return report.model_copy(update={"solving": full().solving})

    found = compare(with_equal_counts(a), with_equal_counts(b))
    assert found.sessions.p_value == 1
    assert str(found)
    assert json.loads(found.model_dump_json())["summary"] == list(found.summary)


def test_command(tmp_path: Path) -> None:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    a.write_text(full().model_dump_json(indent=2))
    b.write_text(with_rates(rate(12, 200)).model_dump_json(indent=2))
    assert run("compare", a, b).stdout.startswith("Sessions were solved less often in B: 12 of 200")
    comparison = json.loads(run("compare", a, b, "--json").stdout)
    assert comparison["sessions"]["difference"] == pytest.approx(-0.92)


def test_command_with_a_later_report(tmp_path: Path) -> None:
    good, later = tmp_path / "good.json", tmp_path / "later.json"
    good.write_text(full().model_dump_json())
    later.write_text(good.read_text().replace('"version":1', '"version":2'))
    assert "version 2" in error_of(run("compare", good, later, status=2))


@pytest.mark.parametrize(
    ("count", "of", "problem"),
    [
        (500, 200, "solving.sessions: Value error, 500 of 200 is impossible"),
        (2**62, 2**63, "solving.sessions.count: Input should be less than or equal to 10000000"),
        (-1, 200, "solving.sessions.count: Input should be greater than or equal to 0"),
    ],
)
def test_command_with_impossible_counts(count: int, of: int, problem: str, tmp_path: Path) -> None:
    good, wrong = tmp_path / "good.json", tmp_path / "wrong.json"
    good.write_text(full().model_dump_json())
    content = json.loads(good.read_text())
    content["solving"]["sessions"] |= {"count": count, "of": of}
    wrong.write_text(json.dumps(content))
    for reports in ((good, wrong), (wrong, good)):
        assert problem in error_of(run("compare", *reports, status=2))
