"""`capslice solve`: solve the captcha of a page."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.agent.commands.options import (
    PATH,
    config_option,
    headed_option,
    json_option,
    load_settings,
    model_option,
    show_solution,
)


@click.command()
@click.argument("url", required=False)
@config_option
@headed_option
@model_option
@click.option("--screenshot", type=PATH, help="Write a PNG of the page at the end.")
@click.option("--trace", type=PATH, help="Write a Playwright trace (.zip) if it is not solved.")
@json_option
def solve(
    url: str | None,
    config: Path | None,
    headed: bool,
    model: Path | None,
    screenshot: Path | None,
    trace: Path | None,
    as_json: bool,
) -> int:
    """Solve the captcha of a page.

    By default that is the target of config.toml.

    Exit status 0 when solved, 1 when every answer was rejected.

    Example: capslice solve http://127.0.0.1:8000/ --json
    """
    from capslice.agent.solve import solve_target

    settings = load_settings(config, url=url, headed=headed, model=model)
    return show_solution(solve_target(settings, end_screenshot=screenshot, trace=trace), as_json)
