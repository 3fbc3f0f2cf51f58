"""`capslice doctor`: checks everything that a solve needs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from capslice import command_line
from capslice.agent.commands.options import (
    PATH,
    config_option,
    json_option,
    load_settings,
    model_option,
)


@click.command()
@click.argument("url", required=False)
@config_option
@model_option
@click.option(
    "--picture",
    type=PATH,
    default=Path("captcha-doctor.png"),
    help="File for the captcha that was read.",
)
@json_option
def doctor(
    url: str | None, config: Path | None, model: Path | None, picture: Path, as_json: bool
) -> int:
    """Check the configuration, model, browser and target.

    Reads the captcha at URL, by default the target of config.toml, and four fresh ones, to see
    whether the model is made for them; that check fails by mistake in at most 2 of 1,000 runs.
    Submits nothing.

    The exit status is 0 if every check passed, 2 if the settings or the model are wrong, and 3 if
    the browser or the target failed.

    Example: capslice doctor http://127.0.0.1:8000/
    """
    from capslice.agent.doctor import examine

    status, ready = 0, False
    checks = examine(lambda: load_settings(config, url=url, model=model), config, picture)
    for check in checks:
        status, ready = check.exit_status, check.ready
        if as_json:
            line = {
                "check": check.name,
                "passed": check.passed,
                "warning": check.warning,
                "finding": check.finding,
            }
            command_line.say(json.dumps(line))
        else:
            mark = "FAIL" if not check.passed else "WARN" if check.warning else "ok  "
            command_line.say(f"{mark} {check.name}: {check.finding}")
    if ready and not as_json:
        command_line.say("next: `capslice solve` answers the captcha")
    return status
