"""`capslice doctor`: checks everything that a solve needs."""

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
    """Check the configuration, model, browser and target.

    Reads the captcha at URL, by default the target of config.toml. Submits nothing.

    The exit status is 0 if every check passed, 2 if the settings or the model are wrong, and 3 if
    the browser or the target failed.

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
