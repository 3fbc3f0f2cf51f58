"""Get a browser: one that is there, else Playwright's own, else the system's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import click

from capslice.agent.browser.launch import open_browser
from capslice.agent.settings import Browser
from capslice.errors import BrowserError, BrowserNotFound

# The first of these that the machine has is asked, after Playwright itself.
PACKAGE_MANAGERS = {
    # Only Debian has the shell, which is several times as light where no window is shown.
    "apt-get": "apt-get update && { apt-get install --yes chromium-headless-shell chromium || "
    "apt-get install --yes chromium; }",
    "dnf": "dnf install --assumeyes chromium",
    "pacman": "pacman --sync --noconfirm chromium",
    "zypper": "zypper --non-interactive install chromium",
    "apk": "apk add chromium",
    "brew": "brew install --cask chromium",
}


def install_browser() -> str:
    """Make sure that a browser starts; return its version. Shows what is installed.

    Raises BrowserNotFound, with what to do by hand, where all ways fail.
    """
    try:
        return _version()
    except BrowserError:
        pass
    for command in _ways():
        click.echo("+ " + " ".join(command), err=True)
        # Fixed commands, no user's text among them.
        subprocess.run(command, check=False)  # noqa: S603
        try:
            return _version()
        except BrowserError:
            continue
    raise BrowserNotFound(
        "no browser could be installed: install Chromium or Google Chrome by hand, or set "
        "browser.executable to one"
    )


def _version() -> str:
    with open_browser(Browser()) as browser:
        return f"{browser.browser_type.name} {browser.version}"


def _ways() -> list[list[str]]:
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    ways = [playwright]
    manager = next((name for name in PACKAGE_MANAGERS if shutil.which(name)), None)
    if manager:
        install = ["sh", "-c", PACKAGE_MANAGERS[manager]]
        needs_root = manager != "brew" and hasattr(os, "geteuid") and os.geteuid() != 0
        if needs_root and shutil.which("sudo"):
            # Never ask for a password in the middle of a make.
            install = ["sudo", "--non-interactive", *install]
        ways.append(install)
    return ways
