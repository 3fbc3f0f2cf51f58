"""No command takes an answer for accepted that the site rejected, or judges without evidence.

Each site is tried with each model. The site itself counts the answers that it accepts and rejects.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from capslice import Solution, Verdict
from capslice.agent.audit.report.assessment import BROKEN, Level, assess
from capslice.agent.audit.report.report import Report
from capslice.errors import CapsliceError
from tests.agent.judgement.cells import Cell, Counts, try_all
from tests.agent.judgement.models import MODELS, write
from tests.agent.judgement.sites import ACCEPTS, WAYS, Accepts
from tests.conftest import in_a_thread

Site = tuple[str, Accepts, str]  # the way of the verdict, the answers it accepts, and the model

# Each rule of acceptance and each model is in one of these at least.
QUICK: set[Site] = {
    ("message", "right", "made for it"),
    ("status", "all", "other shape"),
    ("toast", "none", "made for it"),
    ("alert", "right", "same shape"),
    ("emptied", "right", "badly fitted"),
    # The message of success has the class of that of failure, and any response sets a cookie.
    ("message", "right", "badly fitted"),
    ("redirect", "right", "badly fitted"),
}
UNPROBED: set[Site] = {
    # No verdict is ever seen here, so each probe waits for one in vain, which takes minutes.
    ("status", "all", "other shape"),
    ("redirect", "right", "badly fitted"),
    # The cells with a message stand for these.
    ("alert", "right", "same shape"),
    ("emptied", "right", "badly fitted"),
}
PROBED = QUICK - UNPROBED
# The weaknesses that a site of each rule has. No site limits the number of wrong answers.
DESERVED: dict[Accepts, set[str]] = {
    "right": {"no_limit"},
    "none": {"no_limit"},
    "all": {"missing_field", "empty_answer", "wrong_answer", "foreign_answer"},
}
SITES = [
    pytest.param(*site, marks=() if site in QUICK else pytest.mark.slow)
    for site in product(WAYS, ACCEPTS, MODELS)
]


@pytest.mark.parametrize(("way", "accepts", "model"), SITES)
def test_what_is_said_of_a_site_is_so(
    way: str,
    accepts: Accepts,
    model: str,
    cdp: str,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("capslice.agent.audit.probing.probes.WRONG_ANSWERS", 3)
    monkeypatch.setattr("capslice.agent.audit.probing.probes.TRIES", 1)
    probing = (way, accepts, model) in PROBED
    file = write(model, models)
    cell = in_a_thread(try_all, way, accepts, file, tmp_path, cdp, probing=probing)
    check_init(cell)
    check_doctor(cell, model)
    check_solve(cell.solution, cell.counts["solve"])
    if isinstance(cell.report, Report):
        check_audit(cell.report, cell.counts["audit"])
        check_weaknesses(cell.report, accepts, model, probing)
    for name in reasons(accepts, model):
        assert name in said(cell), f"nothing names it: {name}"
    if (accepts, model) == ("right", "made for it"):
        is_solved = isinstance(cell.solution, Solution) and cell.solution.solved
        assert is_solved or cell.form.findings["success"].guessed


def check_init(cell: Cell) -> None:
    """A message of success is known only if the site accepted an answer and rejected another."""
    counts = cell.counts["init"]
    if not (counts.accepted and counts.rejected):
        assert cell.form.findings["success"].guessed
        assert cell.form.statuses.accepted == ()
    if not counts.rejected:
        assert cell.form.findings["failure"].guessed


def check_doctor(cell: Cell, model: str) -> None:
    """The last check fails if the model is unsure, and warns of sizes; nothing is submitted."""
    assert cell.counts["doctor"] == Counts(0, 0, cell.counts["init"].last)
    *before, last = cell.checks
    assert all(check.passed for check in before)
    assert last.name == "captcha"
    assert last.passed == (model != "badly fitted")
    assert last.warning == (model == "other shape")


def check_solve(solution: Solution | CapsliceError, counts: Counts) -> None:
    """It is solved if the site accepted the last answer, and each verdict is the site's own."""
    if not isinstance(solution, Solution):
        return
    verdicts = [attempt.verdict for attempt in solution.attempts]
    assert verdicts.count(Verdict.ACCEPTED) == counts.accepted
    assert verdicts.count(Verdict.REJECTED) == counts.rejected
    assert solution.solved == bool(counts.accepted)


def check_audit(report: Report, counts: Counts) -> None:
    """One session never keeps a machine out, and without an accepted answer no captcha is weak."""
    assert report.level != Level.BELOW
    assert "kept this machine out" not in report.headline
    answers = report.solving.answers
    assert answers.count <= counts.accepted
    assert answers.of - answers.count <= counts.rejected
    weak = report.level in (Level.ABOVE, Level.LIKELY_ABOVE)
    assert weak == (answers.rate > BROKEN)
    assert not weak or counts.accepted


def check_weaknesses(report: Report, accepts: Accepts, model: str, probing: bool) -> None:
    """Only what the site has is found; with its own model, what is certain is found as well."""
    by_result: dict[str, set[str]] = {"found": set(), "not_found": set(), "not_tested": set()}
    for weakness in report.weaknesses:
        by_result[weakness.result].add(weakness.key)
    found = by_result["found"]
    assert found <= (DESERVED[accepts] if probing else set()), report.weaknesses
    if probing and (accepts, model) == ("right", "made for it"):
        assert found == DESERVED[accepts]
        assert {"reused_answer", "foreign_answer", "wrong_answer"} <= by_result["not_found"]


def reasons(accepts: Accepts, model: str) -> list[str]:
    """What the commands must say of a model and a site."""
    names = []
    if model == "badly fitted":
        names.append("the model is not made for this captcha")
    if model == "other shape":
        names.append("the pictures have other sizes (310x80) than the 150x60")
    if accepts == "all":
        names.append("as if it had accepted it: failure is a guess")
    if accepts != "all" and model == "badly fitted":
        names.append("no right answer was sent")
    elif accepts == "none" or (model in ("same shape", "other shape") and accepts == "right"):
        names.append("no answer was accepted: success is a guess")
    return names


def said(cell: Cell) -> str:
    """All that the commands say about what is wrong."""
    lines = [cell.choice.note, *cell.form.notes, *(each.finding for each in cell.checks)]
    ended = (cell.solution, cell.report)
    lines += [str(outcome) for outcome in ended if isinstance(outcome, CapsliceError)]
    if isinstance(cell.report, Report):
        lines.append(assess(cell.report.solving, cell.report.evidence).reason)
    return "\n".join(lines)
