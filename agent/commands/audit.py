"""`capslice audit`: measure how well a captcha keeps machines out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capslice import command_line
from capslice.agent.audit.report.assessment import BROKEN, Level, assess, looked_for
from capslice.agent.commands.options import (
    PATH,
    config_option,
    json_option,
    load_settings,
    model_option,
)

if TYPE_CHECKING:
    from capslice.agent.audit.plan import AuditFolder
    from capslice.agent.audit.report.figures import Thresholds
    from capslice.agent.audit.report.report import Report

MOST_COUNT = 1_000_000
MOST_MINUTES = 7 * 24 * 60
ABOVE_LIMIT = 1
NOTHING_TO_JUDGE = 4
SHOWN = (0.0, 0.5, 0.95)  # thresholds in the terminal, besides the best one

junit_option = click.option("--junit", type=PATH, help="Also write the results as JUnit XML.")


@click.command()
@click.argument("url", required=False)
@config_option
@model_option
@click.option(
    "--count",
    type=click.IntRange(1, MOST_COUNT),
    help="Number of sessions; 100 if neither --count nor --minutes is given.",
)
@click.option(
    "--minutes",
    type=command_line.NumberRange(0, MOST_MINUTES, min_open=True),
    help="Start no session after this many minutes.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    help="Number of parallel workers; each one opens a browser.",
)
@click.option(
    "--out", type=PATH, default=Path("audit"), help="Folder for the journal and the report."
)
@click.option("--resume", is_flag=True, help="Continue the audit in the folder.")
@click.option(
    "--learned",
    type=PATH,
    metavar="DIR",
    help="Folder of `capslice learn`, whose curve to show in the report  [default: that of the "
    "model].",
)
@click.option("--no-probes", is_flag=True, help="Only solve captchas; do not test for weaknesses.")
@click.option(
    "--fail-above",
    type=command_line.NumberRange(0, 1),
    is_flag=False,
    flag_value=BROKEN,
    metavar="[RATE]",
    help="Exit with status 1 if significantly more than this share of sessions is solved. "
    f"RATE is {BROKEN} if omitted.",
)
@junit_option
@json_option
def audit(
    url: str | None,
    config: Path | None,
    model: Path | None,
    count: int | None,
    minutes: float | None,
    workers: int,
    out: Path,
    resume: bool,
    learned: Path | None,
    no_probes: bool,
    fail_above: float | None,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Measure how well a captcha stops machines.

    Solves the captcha of a page many times, tests the page for classic weaknesses,
    and writes report.html and report.json into the folder.

    Every reading is typed, also one below model.min_confidence: a wrong answer costs an
    attacker one try. The report says below which confidence typing does not pay.

    Ctrl-C ends the audit with a report on the sessions so far; so do SIGTERM and SIGHUP.
    --resume continues it.

    With --fail-above, the exit status is 1 if the lower end of the solve rate's
    95 % interval is above RATE. It is 4 if there is nothing to judge, because too
    few answers were sent, or the model is not made for this captcha.

    Example: capslice audit http://127.0.0.1:8000/ --count 200 --workers 2
    """
    from capslice.agent.audit.audit import audit as run_audit
    from capslice.agent.audit.plan import AuditFolder, Plan
    from capslice.agent.audit.report.learned import find_learned
    from capslice.agent.audit.sessions import read_sessions
    from capslice.agent.drift import find_drift, value_of
    from capslice.agent.rules.redaction import redacted_text
    from capslice.files import check_can_write

    settings = load_settings(config, url=url, model=model)
    if junit:
        check_can_write(junit)
    plan = Plan.of(
        settings,
        count=count or (None if minutes else 100),
        minutes=minutes,
        workers=workers,
        command=command_line.as_typed(redacted_text),
    )
    measured = find_learned(learned, settings.model.path, plan.url)
    folder = AuditFolder(out)
    with folder.locked():
        plan = folder.start(plan, resume=resume)
        if measured:
            folder.save_learned(measured)
        try:
            with command_line.interrupted_by_signals():
                report = run_audit(settings, folder, plan, probing=not no_probes)
        except BaseException:
            if folder.report.exists():
                command_line.say(f"report so far: {folder}; continue with --resume", err=True)
            raise
    values = [
        value_of(captcha.verdict, captcha.confidence)
        for session in read_sessions(folder.journal)
        for captcha in session.captchas
    ]
    if drift := find_drift(values):
        command_line.say(f"warning: {drift}", err=True)
    return show_report(report, folder, fail_above, junit, as_json)


def show_report(
    report: Report, folder: AuditFolder, fail_above: float | None, junit: Path | None, as_json: bool
) -> int:
    """Print a report, write it as JUnit XML if asked to, and return the exit status.

    The status is 1 if significantly more than `fail_above` of the sessions were solved, else 4 if
    there is nothing to judge, else 0.
    """
    if junit:
        from capslice.agent.audit.report.junit import junit_xml
        from capslice.errors import AuditError
        from capslice.files import write_text

        level = BROKEN if fail_above is None else fail_above
        write_text(junit, junit_xml(report, level), AuditError)
    assessment = assess(report.solving, report.evidence)
    nothing_to_judge = assessment.level is Level.NOTHING_TO_JUDGE
    if as_json:
        command_line.say(json.dumps(report.model_dump(mode="json"), indent=2))
    else:
        command_line.say(report.headline)
        if nothing_to_judge:
            command_line.say(assessment.reason)
        if report.thresholds:
            for line in _by_threshold(report.thresholds):
                command_line.say(line)
        for weakness in report.weaknesses:
            if weakness.result == "found":
                command_line.say(
                    f"found ({weakness.severity}): {weakness.name} {weakness.evidence}"
                )
        if not any(weakness.result == "found" for weakness in report.weaknesses):
            command_line.say(f"{looked_for(report.weaknesses)}.")
        command_line.say(f"report: {folder}")
    if fail_above is not None and report.solving.sessions.low > fail_above:
        return ABOVE_LIMIT
    return NOTHING_TO_JUDGE if nothing_to_judge else 0


def _by_threshold(thresholds: Thresholds) -> list[str]:
    """The solve rate at the thresholds that matter: a line for each, after a heading.

    There are no lines if none of these thresholds has a rate.
    """
    lines = []
    for row in thresholds.rows:
        if row.confidence not in SHOWN and row.confidence != thresholds.best:
            continue
        rate, mark = row.captchas, ""
        if row.confidence == thresholds.best:
            below = "below it, typing does not pay" if row.confidence else "typing always pays"
            mark = f"  <- most a minute: {below}"
        speed = f", {row.per_minute:.1f} a minute" if row.per_minute is not None else ""
        lines.append(
            f"  {row.confidence:4g}  {rate.count:,} of {rate.of:,} ({rate.low * 100:.1f} to "
            f"{rate.high * 100:.1f} %), {row.typed.count:,} typed{speed}{mark}"
        )
    heading = "accepted, of all pictures read, if only readings of some confidence are typed:"
    return [heading, *lines] if lines else []
