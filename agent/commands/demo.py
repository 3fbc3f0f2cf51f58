"""`capslice demo`: serves a mock page on this machine, and solves its captcha."""

from __future__ import annotations

from pathlib import Path

import click

from capslice.agent.commands.options import (
    PATH,
    config_option,
    headed_option,
    json_option,
    load_settings,
    show_solution,
)


@click.command()
@config_option
@headed_option
@click.option("--screenshot", type=PATH, help="Write a screenshot of the final page (PNG).")
@click.option(
    "--typed-screenshot", type=PATH, help="Write a screenshot of the answer before it is sent."
)
@click.option(
    "--reject-first",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Let the mock page reject the first N answers.",
)
@json_option
def demo(
    config: Path | None,
    headed: bool,
    screenshot: Path | None,
    typed_screenshot: Path | None,
    reject_first: int,
    as_json: bool,
) -> int:
    """Serve a mock page on this machine and solve its captcha.

    Needs no configuration and no network.

    The exit status is 0 if the captcha was solved, and 1 if no answer was accepted.

    Example: capslice demo --headed
    """
    from capslice.agent.demo import demo as run_demo

    solution = run_demo(
        load_settings(config, headed=headed),
        reject_first=reject_first,
        end_screenshot=screenshot,
        typed_screenshot=typed_screenshot,
    )
    return show_solution(solution, as_json)
