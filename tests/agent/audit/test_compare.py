"""Two audits side by side: the figures against published ones, and the words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capslice.agent.audit.report.compare import compare, difference
from capslice.agent.audit.report.report import Rate, Report, load
from capslice.agent.audit.report.statistics import rate
from capslice.errors import ReportError
from tests.agent.audit.reports import any_report, empty, full
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
def test_newcombe(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    found = difference(rate(*second), rate(*first))
    assert found.difference == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_fisher() -> None:
    # The lady tasting tea (Fisher, The Design of Experiments, 1935): three of four cups told
    # right come with 17/70 or more on one side, so 34/70 on both.
    assert difference(rate(3, 4), rate(1, 4)).p == pytest.approx(34 / 70)
    # Convictions of like-sex twins of criminals (Fisher, Statistical Methods for Research Workers,
    # section 21.02), two-sided as in the documentation of R's fisher.test.
    assert difference(rate(2, 17), rate(10, 13)).p == pytest.approx(0.0005367, abs=5e-8)


def with_rates(sessions: Rate, answers: Rate | None = None) -> Report:
    changes = {"sessions": sessions, "answers": answers or sessions}
    return full(solving=full().solving.model_copy(update=changes))


def test_a_difference_in_words() -> None:
    words = compare(with_rates(rate(196, 200)), with_rates(rate(12, 200))).words
    assert words[0] == (
        "B is solved less often: 12 of 200 sessions instead of 196 of 200, a difference of 92.0 "
        "percentage points (86.8 to 94.8; Fisher's exact test, p < 0.001)."
    )
    words = compare(with_rates(rate(12, 200)), with_rates(rate(196, 200))).words
    assert "solved more often: 196 of 200" in words[0]
    assert "(86.8 to 94.8;" in words[0]


def test_chance_in_words() -> None:
    found = compare(with_rates(rate(14, 20)), with_rates(rate(12, 20)))
    assert found.words[0].startswith("No difference in solved sessions can be told apart from")
    assert "12 of 20 in B, 14 of 20 in A, a difference of -10.0 percentage points" in found.words[0]
    assert not found.sessions.significant


def test_nothing_to_compare() -> None:
    found = compare(full(), empty())
    assert found.words[0] == "The sessions cannot be compared: 200 in A, 0 in B."
    assert found.sessions.p is None
    assert "B none" in str(found)


def test_weaknesses_that_came_and_went() -> None:
    a = full()
    mended = a.weaknesses[1].model_copy(update={"result": "not_found"})
    # A name may be a sentence, or not.
    named = {"result": "found", "name": "An empty answer is accepted."}
    came = a.weaknesses[4].model_copy(update=named)
    b = full(weaknesses=(a.weaknesses[0], mended, a.weaknesses[3], came))
    found = compare(a, b)
    assert {change.key: (change.a, change.b) for change in found.weaknesses} == {
        "answer_reusable": ("found", "not_found"),
        "empty_answer": ("not_found", "found"),
        "no_limit": ("not_tested", None),
    }
    assert "Found in B and not in A (not found there): An empty answer is accepted." in found.words
    said = "\n".join(found.words)
    assert "Found in A and not in B (not found there): An answer that was accepted" in said


def test_what_else_differs() -> None:
    assert compare(full(), full()).setup == ()
    found = compare(full(), full(machine="another", settings={}))
    assert found.setup == ("settings", "machine")
    assert found.words[-1].startswith("The audits differ in settings, machine too")


@settings(max_examples=25)
@given(any_report(st.text(max_size=5)), any_report(st.text(max_size=5)))
def test_whatever_the_reports(a: Report, b: Report) -> None:
    def counted(report: Report) -> Report:
        return report.model_copy(update={"solving": full().solving})

    found = compare(counted(a), counted(b))
    assert found.sessions.p == 1
    assert str(found)
    assert json.loads(found.model_dump_json())["words"] == list(found.words)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_the_command(write: Callable[[str, str], Path]) -> None:
    a = write("a.json", full().model_dump_json(indent=2))
    b = write("b.json", with_rates(rate(12, 200)).model_dump_json(indent=2))
    assert load(a) == full()
    assert run("compare", a, b).stdout.startswith("B is solved less often: 12 of 200")
    found = json.loads(run("compare", a, b, "--json").stdout)
    assert found["sessions"]["difference"] == pytest.approx(-0.92)


def test_wrong_use(write: Callable[[str, str], Path], tmp_path: Path) -> None:
    good = write("good.json", full().model_dump_json())
    later = write("later.json", good.read_text().replace('"version":1', '"version":2'))
    for file, said in (
        (tmp_path / "none.json", "none.json cannot be read (No such file or directory)"),
        (tmp_path, "cannot be read (Is a directory)"),
        (write("text", "hello"), "is not the report of an audit (all of it: Invalid JSON"),
        (write("list", "[]"), "is not the report of an audit"),
        (write("deep", "[" * 99999), "is not the report of an audit"),
        (write("part", '{"version": 1}'), "(headline: Field required)"),
        (later, "is a report of version 2, and this capslice reads 1"),
    ):
        with pytest.raises(ReportError) as raised:
            load(file)
        assert said in str(raised.value)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ReportError, match="it is no text"):
        load(tmp_path / "binary")
    assert "version 2" in error_of(run("compare", good, later, status=2))
