"""`junit.xml`: the report as test cases for a CI.

A weakness that was found is a failure with its evidence. A weakness that was not tested is a
skipped test with the reason. The solve rate is a test too; it is skipped if the sessions are too
few to decide, or if there is nothing to judge.
"""

from __future__ import annotations

import re

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from capslice.agent.audit.report.assessment import BROKEN, Level, assess
from capslice.agent.audit.report.report import Report

# Characters that XML 1.0 cannot represent, not even escaped.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(report: Report, fail_above: float = BROKEN) -> str:
    """The text of `junit.xml`. `fail_above` is a share of solved sessions in [0, 1]."""
    solving = TestSuite("capslice audit: solve rate")
    solving.add_testcase(_solve_rate(report, fail_above))
    weaknesses = TestSuite("capslice audit: weaknesses")
    for weakness in report.weaknesses:
        case = TestCase(_xml_text(weakness.name), f"audit.{_xml_text(weakness.key)}")
        evidence = _xml_text(weakness.evidence)
        if weakness.result == "found":
            failure = Failure(evidence, f"{weakness.severity} severity")
            failure.text = f"{evidence}\n\n{_xml_text(weakness.advice)}"
            case.result = [failure]
        elif weakness.result == "not_tested":
            case.result = [Skipped(evidence)]
        weaknesses.add_testcase(case)
    root = JUnitXml("capslice audit")
    for suite in (solving, weaknesses):
        suite.timestamp = _xml_text(report.started)
        suite.add_property("url", _xml_text(report.url))
        suite.add_property("command", _xml_text(report.command))
        # Only suites have statistics: Jenkins' schema allows no count of skipped tests at the root.
        suite.update_statistics()  # type: ignore[no-untyped-call]
        root.add_testsuite(suite)
    text: str = root.tostring().decode()  # type: ignore[no-untyped-call]
    return text


def _solve_rate(report: Report, fail_above: float) -> TestCase:
    sessions = report.solving.sessions
    case = TestCase(f"At most {fail_above * 100:g} % of sessions are solved", "audit.solve_rate")
    assessment = assess(report.solving, report.evidence, fail_above)
    level = assessment.level
    message = _xml_text(
        f"{assessment.label}: {sessions.count:,} of {sessions.of:,} sessions were solved "
        f"(95 % interval {sessions.low:.2%} to {sessions.high:.2%}). {assessment.reason}"
    )
    if level in (Level.ABOVE, Level.LIKELY_ABOVE):
        case.result = [Failure(message, level)]
    elif level in (Level.UNDECIDED, Level.NOTHING_TO_JUDGE):
        case.result = [Skipped(message)]
    return case


def _xml_text(text: str) -> str:
    """The text as XML can represent it; never empty, because names are required."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text) or "-"
