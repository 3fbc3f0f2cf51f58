"""`python -m reference.pictures`: takes the pictures that the guides show.

It serves a mock page, runs `capslice init` and `capslice audit` on it, and photographs the report.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import click

from capslice import command_line
from capslice.agent.browser.launch import open_browser
from capslice.agent.settings import Browser as BrowserSettings
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTH, HEIGHT = 1000, 900  # pixels of the window, and of the picture


@click.command()
@click.option("--sessions", type=click.IntRange(1), default=100, help="Sessions of the audit.")
def main(sessions: int) -> None:
    """Write init.png, report-light.png and report-dark.png into docs/pictures."""
    page = MockPage(EllipseCaptcha(), Switches(weaknesses=frozenset({"kept_picture"})), seed=1)
    with TemporaryDirectory() as folder, page:
        found = PICTURES / "init.png"
        _capslice(folder, "init", page.url, "--yes", "--screenshot", found)
        _capslice(folder, "audit", "--count", sessions, "--workers", 2)
        report = Path(folder, "audit", "report.html").as_uri()
        with open_browser(BrowserSettings()) as browser:
            for theme in THEMES:
                context = browser.new_context(
                    color_scheme=theme, viewport={"width": WIDTH, "height": HEIGHT}
                )
                tab = context.new_page()
                tab.goto(report)
                tab.screenshot(path=PICTURES / f"report-{theme}.png")
    click.echo(f"{PICTURES} has init.png, report-light.png and report-dark.png")


def _capslice(folder: str, *arguments: object) -> None:
    command = [sys.executable, "-m", "capslice", *map(str, arguments)]
    subprocess.run(command, cwd=folder, check=True)


if __name__ == "__main__":
    command_line.run(main)
