"""The test cases of an audit, by the schema that CI systems read them by."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.audit.report.junit import junit
from capslice.agent.audit.report.report import Report
from capslice.agent.audit.report.statistics import rate
from capslice.agent.audit.report.verdict import Finding, verdict
from tests.agent.audit.reports import any_report, empty, full

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


def cases(report: Report, fail_above: float = 0.01) -> dict[str, tuple[str, str]]:
    """(what came of it, its message) by class name."""
    root = ElementTree.fromstring(junit(report, fail_above))
    return {
        case.attrib["classname"]: next(((e.tag, e.attrib["message"]) for e in case), ("", ""))
        for case in root.iter("testcase")
    }


@given(any_report(st.text(max_size=9)))
def test_schema(report: Report) -> None:
    SCHEMA.validate(junit(report))


def test_what_is_missing_is_not_valid() -> None:
    assert not SCHEMA.is_valid(junit(full()).replace(' failures="2"', ""))


def test_weaknesses() -> None:
    found = cases(full())
    assert found["audit.answer_in_page"][0] == "failure"
    assert "<script>alert(1)</script>" in found["audit.answer_in_page"][1]
    assert found["audit.no_limit"] == (
        "skipped",
        "It needs 50 wrong answers, and the pace allows 20.",
    )
    assert found["audit.empty_answer"] == ("", "")
    (_, suite) = ElementTree.fromstring(junit(full()))
    assert [suite.attrib[n] for n in ("tests", "failures", "errors", "skipped")] == [*"5201"]


@pytest.mark.parametrize(
    ("count", "of", "fail_above", "finding", "came"),
    [
        (196, 200, 0.01, Finding.ABOVE, "failure"),
        (2, 150, 0.01, Finding.LIKELY_ABOVE, "failure"),
        (0, 380, 0.01, Finding.UNDECIDED, "skipped"),
        # The interval of 0 in n ends at z² / (n + z²): 381 sessions for 1 %.
        (0, 381, 0.01, Finding.BELOW, ""),
        (196, 200, 1.0, Finding.BELOW, ""),
        (0, 0, 0.01, Finding.NOTHING, "skipped"),
    ],
)
def test_solve_rate(count: int, of: int, fail_above: float, finding: Finding, came: str) -> None:
    solving = full().solving.model_copy(update={"sessions": rate(count, of)})
    assert verdict(solving.sessions, fail_above).finding is finding
    assert cases(full(solving=solving), fail_above)["audit.solve_rate"][0] == came


def test_nothing_was_done() -> None:
    assert cases(empty()) == {
        "audit.solve_rate": (
            "skipped",
            "Nothing to judge: No session came to its end. (95 % interval 0.00% to 100.00%)",
        )
    }
