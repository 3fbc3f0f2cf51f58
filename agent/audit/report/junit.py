"""`junit.xml`: the report as test cases, for a CI that shows and counts those.

A weakness that was found is a failure with its evidence, one that was not tested is skipped with
the reason. So is the solve rate where too few sessions were made to judge it by the threshold.
"""

from __future__ import annotations

import re

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from capslice.agent.audit.report.report import Rate, Report
from capslice.agent.audit.report.verdict import BROKEN, Finding, verdict

# Characters that XML 1.0 cannot hold, not even escaped.
UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report, fail_above: float = BROKEN) -> str:
    """The whole of `junit.xml`; `fail_above` is a share of sessions in [0, 1]."""
    solving = TestSuite("capslice audit: solve rate")
    solving.add_testcase(_solve_rate(report.solving.sessions, fail_above))
    weaknesses = TestSuite("capslice audit: weaknesses")
    for weakness in report.weaknesses:
        case = TestCase(_sayable(weakness.name), f"audit.{_sayable(weakness.key)}")
        said = _sayable(weakness.evidence)
        if weakness.result == "found":
            failure = Failure(said, f"{weakness.severity} severity")
            failure.text = f"{said}\n\n{_sayable(weakness.advice)}"
            case.result = [failure]
        elif weakness.result == "not_tested":
            case.result = [Skipped(said)]
        weaknesses.add_testcase(case)
    whole = JUnitXml("capslice audit")
    for suite in (solving, weaknesses):
        suite.timestamp = _sayable(report.started)
        suite.add_property("url", _sayable(report.url))
        suite.add_property("command", _sayable(report.command))
        # For the suites alone: Jenkins' schema has no count of skipped ones for the whole.
        suite.update_statistics()  # type: ignore[no-untyped-call]
        whole.add_testsuite(suite)
    text: str = whole.tostring().decode()  # type: ignore[no-untyped-call]
    return text


def _solve_rate(sessions: Rate, fail_above: float) -> TestCase:
    case = TestCase(f"At most {fail_above * 100:g} % of sessions are solved", "audit.solve_rate")
    finding, label, reason = verdict(sessions, fail_above)
    said = f"{label}: {reason} (95 % interval {sessions.low:.2%} to {sessions.high:.2%})"
    if finding in (Finding.ABOVE, Finding.LIKELY_ABOVE):
        case.result = [Failure(said, finding)]
    elif finding in (Finding.UNDECIDED, Finding.NOTHING):
        case.result = [Skipped(said)]
    return case


def _sayable(text: str) -> str:
    """The text as XML can hold it; an empty one would be left out, and names are required."""
    return UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", text) or "-"
