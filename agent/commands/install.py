"""`capslice install`: find a browser, or install one."""

from __future__ import annotations

import click


@click.command()
def install() -> None:
    """Find a browser, or install one.

    That is one that is there, else Playwright's own, else the system's package.

    Example: capslice install
    """
    from capslice.agent.browser.install import install_browser

    click.echo(f"{install_browser()} is ready")
