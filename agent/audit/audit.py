"""Runs an audit from its start, or from where it was interrupted, to its report."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import suppress

import numpy as np

from capslice.agent.audit.plan import AuditFolder, Plan
from capslice.agent.audit.probing.probes import Probes
from capslice.agent.audit.progress import Progress
from capslice.agent.audit.report.html import html_page
from capslice.agent.audit.report.report import Report
from capslice.agent.audit.sessions import Session, read_sessions
from capslice.agent.audit.summary import summarise
from capslice.agent.audit.weaknesses import PROBED
from capslice.agent.audit.workers import SessionBudget, run_sessions
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.journal.writing import Journal
from capslice.agent.reading.reader import Reader
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.errors import AgentError, TargetRefused, TargetUnreachable

MINUTE = 60.0
NO_PROBES = "--no-probes was given"
# The share of pictures that must be sure enough for a probe, so that six tries find one.
SURE = 1 / 3


def audit(settings: Settings, folder: AuditFolder, plan: Plan, *, probing: bool) -> Report:
    """Run the sessions of the plan that the folder does not hold yet, and write the report.

    The sessions type every reading, however unsure, because only an answer brings a verdict.
    Without `probing`, the audit does not test the page for weaknesses. The report is written even
    if an error ends the audit early; then that error is raised, also any that `run_sessions`
    raises. An audit that reached no page is removed.
    """
    Guard(settings.target.allowed_origins).check(settings.target.url)
    reader = Reader.of(settings.model)
    try:
        return _audit(settings, folder, plan, reader, probing)
    except TargetUnreachable:
        if not any(session.captchas for session in read_sessions(folder.journal)):
            folder.remove()
        raise


def write_report(folder: AuditFolder, reader: Reader) -> Report:
    """Write report.json and report.html from the journals of the folder.

    `reader` is the reader of the audit's model. Raises AuditError and JournalError.
    """
    report = summarise(folder, reader)
    folder.write(folder.report.name, report.model_dump_json(indent=2))
    folder.write(folder.page.name, html_page(report))
    return report


def _audit(
    settings: Settings, folder: AuditFolder, plan: Plan, reader: Reader, probing: bool
) -> Report:
    with Journal(folder.journal) as journal:  # opening it ends the sessions of killed processes
        earlier = [session for session in read_sessions(folder.journal) if session.finished]
        count, seconds = plan.count or math.inf, _seconds_left(plan, earlier)
        budget = SessionBudget(count - len(earlier), seconds)
        progress = Progress(count, seconds, _counts(earlier))
        try:
            with progress.displayed():
                run_sessions(
                    _with_threshold(settings, 0.0), reader, journal, plan.workers, budget,
                    progress.record,
                )  # fmt: skip
            _probe(settings, folder, reader, probing)
        except BaseException as error:
            if isinstance(error, TargetRefused):
                _skip_probes(folder, f"the site ended the audit before: {error}")
            with suppress(AgentError):  # the first error matters more
                write_report(folder, reader)
            raise
    return write_report(folder, reader)


def _probe(settings: Settings, folder: AuditFolder, reader: Reader, probing: bool) -> None:
    if not probing:
        _skip_probes(folder, NO_PROBES)
        return
    # Probes that could not be made in an earlier run are tried again.
    results = {
        key: weakness
        for key, weakness in folder.weaknesses().items()
        if weakness.result != "not_tested"
    }
    careful = _with_threshold(settings, _sure_enough(settings, folder))
    with Journal(folder.probes) as journal, OwnBrowser(settings.browser) as own:
        probes = Probes(own, reader, careful, Pace(settings.pace.path), journal)
        for weakness in probes.run(skip=results):
            results[weakness.key] = weakness
            folder.save_weaknesses(results)


def _with_threshold(settings: Settings, min_confidence: float) -> Settings:
    model = settings.model.model_copy(update={"min_confidence": min_confidence})
    return settings.model_copy(update={"model": model})


def _sure_enough(settings: Settings, folder: AuditFolder) -> float:
    """The confidence that a probe needs: that of the settings, or less if few readings reach it."""
    read = [each.confidence for s in read_sessions(folder.journal) for each in s.captchas]
    least = settings.model.min_confidence
    return min(least, float(np.quantile(read, 1 - SURE))) if read else least


def _skip_probes(folder: AuditFolder, reason: str) -> None:
    """Save the reason why the remaining weaknesses were not tested."""
    not_tested = {weakness.key: weakness.not_tested(reason) for weakness in PROBED}
    folder.save_weaknesses(not_tested | folder.weaknesses())


def _seconds_left(plan: Plan, earlier: list[Session]) -> float:
    if plan.minutes is None:
        return math.inf
    worked = sum(session.seconds for session in earlier) / plan.workers
    return max(0.0, plan.minutes * MINUTE - worked)


def _counts(earlier: list[Session]) -> Counter[str]:
    """The counts that Progress starts with."""
    names = {"solved": "solved", "unsolved": "not solved", "failed": "error"}
    outcomes = Counter(names[session.outcome or ""] for session in earlier)
    verdicts = Counter(captcha.verdict for session in earlier for captcha in session.captchas)
    return outcomes + Counter({name: verdicts[name] for name in ("rejected", "unsure")})
