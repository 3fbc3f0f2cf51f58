"""`capslice audit` and `report`: how well a captcha keeps machines out, on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from capslice import command_line
from capslice.agent.audit.report.verdict import BROKEN
from capslice.agent.commands.options import (
    PATH,
    config_option,
    load_settings,
    model_option,
)

if TYPE_CHECKING:
    from capslice.agent.audit.plan import Folder
    from capslice.agent.audit.report.report import Report

MOST_COUNT = 1_000_000
MOST_MINUTES = 7 * 24 * 60
ABOVE = 1


@click.command()
@click.argument("url", required=False)
@config_option
@model_option
@click.option("--count", type=click.IntRange(1, MOST_COUNT), help="Sessions  [default: 100].")
@click.option(
    "--minutes",
    type=click.FloatRange(0, MOST_MINUTES, min_open=True),
    help="No session is begun after that; as many as come, without --count.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Each with a browser.")
@click.option("--out", type=PATH, default=Path("audit"), help="Folder for journal and report.")
@click.option("--resume", is_flag=True, help="Go on with the audit that is in the folder.")
@click.option("--no-probes", is_flag=True, help="Solve alone; do not try out classic mistakes.")
@click.option(
    "--fail-above",
    type=click.FloatRange(0, 1),
    is_flag=False,
    flag_value=BROKEN,
    metavar="[RATE]",
    help=f"Exit with 1 where more sessions are solved, surely; RATE is {BROKEN} if left out.",
)
@click.option("--junit", type=PATH, help="Write JUnit XML as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def audit(
    url: str | None,
    config: Path | None,
    model: Path | None,
    count: int | None,
    minutes: float | None,
    workers: int,
    out: Path,
    resume: bool,
    no_probes: bool,
    fail_above: float | None,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Solve a page's captcha many times, try out classic mistakes, and report.

    The folder gets report.html and report.json. Ctrl-C ends it with the report on
    what there is by then, and --resume goes on. The answers are those of the journal:
    none is counted twice.

    Exit status 1 where --fail-above is given, and the lower end of the solve rate's
    95 % interval is above it.

    Example: capslice audit http://127.0.0.1:8000/ --count 200 --workers 2
    """
    from capslice.agent.audit.audit import audit as do_audit
    from capslice.agent.audit.plan import Folder, Plan

    settings = load_settings(config, url=url, model=model)
    plan = Plan.of(
        settings,
        count=count or (None if minutes else 100),
        minutes=minutes,
        workers=workers,
        command=command_line.as_typed(),
    )
    folder = Folder(out)
    plan = folder.begin(plan, resume=resume)
    try:
        made = do_audit(settings, folder, plan, probing=not no_probes)
    except BaseException:
        if folder.report.exists():
            click.echo(f"so far: {folder}; --resume goes on", err=True)
        raise
    return show_report(made, folder, fail_above, junit, as_json)


def show_report(
    made: Report, folder: Folder, fail_above: float | None, junit: Path | None, as_json: bool
) -> int:
    """Print what came of it; return the exit status."""
    if junit:
        from capslice.agent.audit.plan import write_whole
        from capslice.agent.audit.report.junit import junit as as_junit

        write_whole(junit, as_junit(made, BROKEN if fail_above is None else fail_above))
    if as_json:
        click.echo(made.model_dump_json(indent=2))
    else:
        click.echo(made.headline)
        for weakness in made.weaknesses:
            if weakness.result == "found":
                click.echo(f"found ({weakness.severity}): {weakness.name} {weakness.evidence}")
        click.echo(f"the report: {folder}")
    return ABOVE if fail_above is not None and made.solving.sessions.low > fail_above else 0
