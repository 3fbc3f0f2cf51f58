"""`capslice report`: write the report of an audit again."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.agent.commands.audit import show_report
from capslice.agent.commands.options import (
    PATH,
    config_option,
    load_reader,
    load_settings,
    model_option,
)


@click.command()
@click.argument("folder", type=PATH)
@config_option
@model_option
@click.option("--junit", type=PATH, help="Write JUnit XML as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def report(
    folder: Path, config: Path | None, model: Path | None, junit: Path | None, as_json: bool
) -> int:
    """Write the report of an audit again, from its journal.

    Also while the audit goes on; nothing is asked of the page.

    Example: capslice report audit
    """
    from capslice.agent.audit.audit import report as write_report
    from capslice.agent.audit.plan import Folder

    there = Folder(folder)
    there.plan()
    made = write_report(there, load_reader(load_settings(config, model=model)))
    return show_report(made, there, None, junit, as_json)
