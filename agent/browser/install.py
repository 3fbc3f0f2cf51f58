"""Installs a browser if none is there: Playwright's own, or else the system's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import click

from capslice.agent.browser.launch import open_browser
from capslice.agent.settings import Browser
from capslice.errors import BrowserError, BrowserNotFound

# The first package manager on this list that the machine has is used, after Playwright itself.
PACKAGE_MANAGERS = {
    # Only Debian has the headless shell, which needs a fraction of the resources.
    "apt-get": "apt-get update && { apt-get install --yes chromium-headless-shell chromium || "
    "apt-get install --yes chromium; }",
    "dnf": "dnf install --assumeyes chromium",
    "pacman": "pacman --sync --noconfirm chromium",
    "zypper": "zypper --non-interactive install chromium",
    "apk": "apk add chromium",
    "brew": "brew install --cask chromium",
}


def install_browser() -> str:
    """Make sure that a browser starts, and return its name and version.

    Prints each install command before it runs. Raises BrowserNotFound if all of them fail.
    """
    try:
        return _version()
    except BrowserError:
        pass
    for command in _install_commands():
        click.echo("+ " + " ".join(command), err=True)
        # These commands are fixed and contain no user input.
        subprocess.run(command, check=False)  # noqa: S603
        try:
            return _version()
        except BrowserError:
            continue
    raise BrowserNotFound(
        "no browser could be installed: install Chromium or Google Chrome by hand, or set "
        "browser.executable to its path"
    )


def _version() -> str:
    with open_browser(Browser()) as browser:
        return f"{browser.browser_type.name} {browser.version}"


def _install_commands() -> list[list[str]]:
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    manager = next((name for name in PACKAGE_MANAGERS if shutil.which(name)), None)
    if manager:
        install = ["sh", "-c", PACKAGE_MANAGERS[manager]]
        needs_root = manager != "brew" and hasattr(os, "geteuid") and os.geteuid() != 0
        if needs_root and shutil.which("sudo"):
            # A password prompt would block a script.
            install = ["sudo", "--non-interactive", *install]
        commands.append(install)
    return commands
