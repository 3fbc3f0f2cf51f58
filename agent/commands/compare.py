"""`capslice compare`: compare the reports of two audits."""

from __future__ import annotations

import json
from pathlib import Path

import click

from capslice import command_line
from capslice.agent.commands.options import PATH, json_option


@click.command()
@click.argument("before", metavar="A.json", type=PATH)
@click.argument("after", metavar="B.json", type=PATH)
@json_option
def compare(before: Path, after: Path, as_json: bool) -> None:
    """Compare two audits.

    Takes the report.json of each audit, and says how B differs from A and which
    differences are significant.

    Example: capslice compare before/report.json after/report.json
    """
    from capslice.agent.audit.report.compare import compare as compare_reports
    from capslice.agent.audit.report.report import load_report

    comparison = compare_reports(load_report(before), load_report(after))
    shown = json.dumps(comparison.model_dump(mode="json"), indent=2) if as_json else str(comparison)
    command_line.say(shown)
