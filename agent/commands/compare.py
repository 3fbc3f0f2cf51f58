"""`capslice compare`: two audits side by side."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.agent.commands.options import PATH, json_option


@click.command()
@click.argument("before", metavar="A.json", type=PATH)
@click.argument("after", metavar="B.json", type=PATH)
@json_option
def compare(before: Path, after: Path, as_json: bool) -> None:
    """Compare two audits.

    Give the report.json of each: B is told by how it differs from A, and what of that
    may be chance.

    Example: capslice compare before/report.json after/report.json
    """
    from capslice.agent.audit.report.compare import compare as compare_reports
    from capslice.agent.audit.report.report import load

    found = compare_reports(load(before), load(after))
    click.echo(found.model_dump_json(indent=2) if as_json else str(found))
