"""An audit from its beginning to its report, or from where it was interrupted."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import suppress

from capslice.agent.audit.live import Board
from capslice.agent.audit.plan import Folder, Plan
from capslice.agent.audit.probing.probes import Probes
from capslice.agent.audit.probing.weaknesses import PROBED
from capslice.agent.audit.report.html import page
from capslice.agent.audit.report.report import Report
from capslice.agent.audit.sessions import Session, sessions
from capslice.agent.audit.summary import summarise
from capslice.agent.audit.workers import Shift, work
from capslice.agent.browser.own_page import OwnPage
from capslice.agent.journal.writing import Journal
from capslice.agent.reading.reader import Reader
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.errors import AgentError, TargetRefused

MINUTE = 60.0
NOT_ASKED = "it was not asked for (--no-probes)"


def audit(settings: Settings, folder: Folder, plan: Plan, *, probing: bool) -> Report:
    """Do what the plan says, as far as the folder has not seen it done, and report.

    The report is written whatever happens on the way. Raises what ended the audit early, and
    what `work` does.
    """
    Guard(settings.target.allowed_origins).check(settings.target.url)
    reader = Reader(settings.model.path, settings.model.threads)
    with Journal(folder.journal) as journal:  # which ends the runs of those who were killed
        before = [session for session in sessions(folder.journal) if session.finished]
        count, seconds = plan.count or math.inf, _seconds(plan, before)
        shift = Shift(count - len(before), seconds)
        board = Board(count, seconds, _counted(before))
        try:
            with board.shown():
                work(settings, reader, journal, plan.workers, shift, board.heard)
            _probe(settings, folder, reader, probing)
        except BaseException as error:
            if isinstance(error, TargetRefused):
                _leave(folder, f"the site ended the audit before: {error}")
            with suppress(AgentError):  # one error is on its way already
                report(folder, reader)
            raise
    return report(folder, reader)


def report(folder: Folder, reader: Reader) -> Report:
    """Write the report on what the folder has, which `reader` has read.

    Raises AuditError and JournalError.
    """
    made = summarise(folder, reader.model, reader.card)
    folder.write(folder.report.name, made.model_dump_json(indent=2))
    folder.write(folder.page.name, page(made))
    return made


def _probe(settings: Settings, folder: Folder, reader: Reader, probing: bool) -> None:
    if not probing:
        _leave(folder, NOT_ASKED)
        return
    # What could not be tried the last time may be by now.
    known = {
        key: weakness
        for key, weakness in folder.weaknesses().items()
        if weakness.result != "not_tested"
    }
    with Journal(folder.probes) as journal, OwnPage(settings.browser) as own:
        probes = Probes(own, reader, settings, Pace(settings.pace.path), journal)
        for weakness in probes.run(known):
            known[weakness.key] = weakness
            folder.know(known)


def _leave(folder: Folder, why: str) -> None:
    """Say why what is not known of the mistakes was not tried."""
    untried = {mistake.key: mistake.not_tested(why) for mistake in PROBED}
    folder.know(untried | folder.weaknesses())


def _seconds(plan: Plan, before: list[Session]) -> float:
    if plan.minutes is None:
        return math.inf
    worked = sum(session.seconds for session in before) / plan.workers
    return max(0.0, plan.minutes * MINUTE - worked)


def _counted(before: list[Session]) -> Counter[str]:
    names = {"solved": "solved", "unsolved": "not solved", "failed": "error"}
    counts = Counter(names[session.outcome or ""] for session in before)
    verdicts = Counter(shown.verdict for session in before for shown in session.shown)
    return counts + Counter({kind: verdicts[kind] for kind in ("rejected", "unsure")})
