"""`capslice install`: finds a browser, or installs one."""

from __future__ import annotations

import click


@click.command()
def install() -> None:
    """Find a browser, or install one.

    Uses an installed browser if there is one. Otherwise installs Playwright's Chromium, or the
    system's package if that fails.

    Example: capslice install
    """
    from capslice.agent.browser.install import install_browser

    click.echo(f"{install_browser()} is ready")
