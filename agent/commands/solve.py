"""`capslice solve`: solves the captcha of a page."""

from __future__ import annotations

from pathlib import Path

import click

from capslice import command_line
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
@click.option("--screenshot", type=PATH, help="Write a screenshot of the final page (PNG).")
@click.option(
    "--trace", type=PATH, help="Write a Playwright trace (.zip) if the captcha is not solved."
)
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

    URL is by default the target of config.toml. Its origin must be an allowed origin.

    The exit status is 0 if the captcha was solved, and 1 if no answer was accepted.

    Example: capslice solve http://127.0.0.1:8000/ --json
    """
    from capslice.agent.drift import drift_of
    from capslice.agent.reading.reader import cached_reader
    from capslice.agent.reading.suitability import WHAT_TO_DO, doubts
    from capslice.agent.solve import solve_target

    settings = load_settings(config, url=url, headed=headed, model=model)
    solution = solve_target(settings, end_screenshot=screenshot, trace=trace)
    if not solution.solved:
        confidences = [attempt.confidence for attempt in solution.attempts]
        sizes = {attempt.size for attempt in solution.attempts if attempt.size}
        for reason in doubts(cached_reader(settings.model).card, sizes, confidences):
            command_line.say(
                f"warning: the model is not made for this captcha: {reason}: {WHAT_TO_DO}",
                err=True,
            )
    if drift := drift_of(settings):
        command_line.say(f"warning: {drift}", err=True)
    return show_solution(solution, as_json)
