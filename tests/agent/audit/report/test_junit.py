"""`junit.xml`, checked against the schema that CI systems use."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.audit.report.assessment import Level, assess
from capslice.agent.audit.report.junit import junit_xml
from capslice.agent.audit.report.report import Report
from capslice.agent.audit.report.statistics import rate
from tests.agent.audit.report.arbitrary import any_report
from tests.agent.audit.report.reports import empty, full, solving, unjudged

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


def cases(report: Report, fail_above: float = 0.01) -> dict[str, tuple[str, str]]:
    """(result, message) of each test case, by class name."""
    root = ElementTree.fromstring(junit_xml(report, fail_above))
    return {
        case.attrib["classname"]: next(((e.tag, e.attrib["message"]) for e in case), ("", ""))
        for case in root.iter("testcase")
    }


@given(any_report(st.text(max_size=9)))
def test_schema(report: Report) -> None:
    SCHEMA.validate(junit_xml(report))


def test_schema_requires_counts() -> None:
    assert not SCHEMA.is_valid(junit_xml(full()).replace(' failures="2"', ""))


def test_weaknesses() -> None:
    found = cases(full())
    assert found["audit.answer_in_page"][0] == "failure"
    assert "<script>alert(1)</script>" in found["audit.answer_in_page"][1]
    assert found["audit.no_limit"] == (
        "skipped",
        "The test needs 50 wrong answers, and the pace allows 20.",
    )
    assert found["audit.empty_answer"] == ("", "")
    (_, suite) = ElementTree.fromstring(junit_xml(full()))
    assert [suite.attrib[n] for n in ("tests", "failures", "errors", "skipped")] == [*"5201"]


@pytest.mark.parametrize(
    ("count", "of", "fail_above", "level", "result"),
    [
        (196, 200, 0.01, Level.ABOVE, "failure"),
        (2, 150, 0.01, Level.LIKELY_ABOVE, "failure"),
        (0, 380, 0.01, Level.UNDECIDED, "skipped"),
        # The interval of 0 in n ends at z² / (n + z²): 381 sessions for 1 %.
        (0, 381, 0.01, Level.BELOW, ""),
        (196, 200, 1.0, Level.BELOW, ""),
        (2, 20, 0.5, Level.BELOW, ""),
        (0, 0, 0.01, Level.NOTHING_TO_JUDGE, "skipped"),
    ],
)
def test_solve_rate(count: int, of: int, fail_above: float, level: Level, result: str) -> None:
    counts = solving(rate(count, of), rate(count, of), of)
    assert assess(counts, threshold=fail_above).level is level
    assert cases(full(solving=counts, evidence=None), fail_above)["audit.solve_rate"][0] == result


def test_no_sessions() -> None:
    assert cases(empty()) == {
        "audit.solve_rate": (
            "skipped",
            "Not enough evidence: 0 of 0 sessions were solved (95 % interval 0.00% to 100.00%). "
            "Without a completed session there is no rate.",
        )
    }


@pytest.mark.parametrize("fail_above", [0.01, 0.5, 1.0])
def test_nothing_to_judge_is_skipped(fail_above: float) -> None:
    result, message = cases(unjudged(), fail_above)["audit.solve_rate"]
    assert result == "skipped"
    assert message.startswith("Not enough evidence: 0 of 390 sessions were solved")
    assert "No answer was sent" in message
