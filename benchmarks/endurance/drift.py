"""`python -m benchmarks.endurance.drift`: a page changes its captcha, and the agent must say so.

In some runs the page shows another captcha from the 201st on; the warning should come within 50
captchas. In the other runs a thousand captchas stay the same, and no warning may come. After each
captcha, the journal is asked as `solve` asks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.endurance.soak import Site, solve_one
from capslice import Reader, Settings
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.drift import drift_of
from capslice.agent.journal.writing import Journal
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Browser
from capslice.command_line import follow

BEFORE, WITHIN, UNCHANGED = 200, 50, 1000  # captchas
FIRST, CHANGED = "ellipses", "securityimage"  # what reads the first is seldom sure of the other
SERVE = ("--wrong-limit", "1000000", "--captcha")


@contextmanager
def page_showing(captcha: str, seed: int) -> Iterator[Site]:
    """Serve the captcha until the end of the block."""
    site = Site((*SERVE, captcha), 0.0, seed)
    try:
        yield site
    finally:
        site.stop()


def warned_at(
    own: OwnBrowser, reader: Reader, journal: Path, seed: int, change: bool
) -> int | None:
    """Solve captchas one by one; return after how many a warning came first, or None."""
    with page_showing(FIRST, seed) as site, Journal(journal) as written:
        settings = Settings.model_validate(
            {
                "target": {"url": site.url},
                "retries": {"attempts": 1},
                "pace": {"loopback_interval": 0},
                "journal": {"path": journal},
            }
        )
        pace = Pace(None)
        for number in range(1, (BEFORE + WITHIN if change else UNCHANGED) + 1):
            if change and number == BEFORE + 1:
                site.stop()
                site.options += ("--captcha", CHANGED)
                site.start()
            solve_one(own, reader, settings, pace, written, None)
            if drift_of(settings):
                return number
    return None


@click.command()
@click.option("--changes", default=5, help="Runs in which the captcha changes.")
@click.option("--unchanged", default=1, help="Runs of a thousand captchas without a change.")
@click.option("--seed", default=1, help="Seed of the first run's captchas.")
def main(changes: int, unchanged: int, seed: int) -> None:
    """Say in how many runs the warning came in time, and in how many without a reason."""
    runs = [True] * changes + [False] * unchanged
    warned: list[int | None] = []
    with TemporaryDirectory() as folder, OwnBrowser(Browser()) as own:
        for number, change in enumerate(follow(runs, len(runs), "runs")):
            journal = Path(folder) / f"{number}.sqlite"
            warned.append(warned_at(own, Reader(), journal, seed + number, change))
    after = [at - BEFORE for at in warned[:changes] if at is not None and at > BEFORE]
    click.echo(
        f"{len(after)} of {changes} changes noticed within {WITHIN} captchas"
        + (f", after {', '.join(map(str, after))}" if after else "")
    )
    false = sum(at is not None for at in warned[changes:])
    early = sum(at is not None and at <= BEFORE for at in warned[:changes])
    click.echo(f"{false} warnings in {unchanged} runs of {UNCHANGED} captchas without a change")
    if false or early or len(after) < changes:
        raise SystemExit(1)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.endurance.drift")
