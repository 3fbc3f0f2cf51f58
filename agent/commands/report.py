"""`capslice report`: write the report of an audit again."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.agent.commands.audit import junit_option, show_report
from capslice.agent.commands.options import (
    PATH,
    config_option,
    json_option,
    load_reader,
    load_settings,
    model_option,
)


@click.command()
@click.argument("folder", type=PATH)
@config_option
@model_option
@junit_option
@json_option
def report(
    folder: Path, config: Path | None, model: Path | None, junit: Path | None, as_json: bool
) -> int:
    """Write the report of an audit again.

    Reads the journal in the audit's folder, even while the audit is running. Sends
    nothing to the page. The exit status is 4 if there is nothing to judge.

    Example: capslice report audit
    """
    from capslice.agent.audit.audit import write_report
    from capslice.agent.audit.plan import AuditFolder

    audit_folder = AuditFolder(folder)
    audit_folder.plan()
    reader = load_reader(load_settings(config, model=model))
    return show_report(write_report(audit_folder, reader), audit_folder, None, junit, as_json)
