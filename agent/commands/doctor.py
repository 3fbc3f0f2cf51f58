"""`capslice doctor`: check that everything is there to solve a captcha."""

from __future__ import annotations

import json
from pathlib import Path

import click

from capslice.agent.commands.options import config_option, json_option, load_settings, model_option


@click.command()
@click.argument("url", required=False)
@config_option
@model_option
@json_option
def doctor(url: str | None, config: Path | None, model: Path | None, as_json: bool) -> int:
    """Check that everything is there to solve.

    It looks at configuration, model, browser and target; nothing is submitted.

    Exit status 0 when all is well, else that of what failed: 2 or 3.

    Example: capslice doctor http://127.0.0.1:8000/
    """
    from capslice.agent.doctor import examine

    status = 0
    for check in examine(lambda: load_settings(config, url=url, model=model)):
        status = check.exit_status
        if as_json:
            line = {"check": check.name, "passed": check.passed, "finding": check.finding}
            click.echo(json.dumps(line))
        else:
            click.echo(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.finding}")
    return status
