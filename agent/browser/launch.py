"""Starts a browser, or connects to a running one.

Playwright's own browser comes first, then a Chromium or Chrome on the system. Nothing here hides
that the browser is automated.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserType,
    Playwright,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.orphans import end_orphans, marked_environment
from capslice.agent.browser.sync_async import first_line
from capslice.agent.rules.redaction import keep_secret, redacted
from capslice.agent.settings import Browser as BrowserSettings
from capslice.errors import BrowserError, BrowserNotFound

# Debian's package of the browser that Playwright itself starts when it shows no window. A page
# takes a quarter of the processor time that it takes in a full Chromium.
SYSTEM_SHELL = "chromium-headless-shell"
SYSTEM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
SYSTEM_PATHS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
)
CHROMIUM = "chromium"
# Speculation rules let a page fetch documents ahead, unseen by the guard. With no place in the
# queue for such requests, Chromium sends none. The switch replaces Playwright's, so it repeats
# the features that Playwright enables.
NO_PREFETCHING = (
    "--enable-features=CDPScreenshotNewSurface,SkipListAccountsWithoutGaiaCookies,"
    "PrefetchSchedulerTesting:kPrefetchSchedulerTestingActiveSetSizeLimitForBase/0"
    "/kPrefetchSchedulerTestingActiveSetSizeLimitForBurst/0"
)
# A page shall reach nobody by WebRTC or WebTransport, which no request shows. The second sends QUIC
# alone, and there is no switch against it: a QUIC packet of one byte at most cannot be sent.
NO_PEERS = "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"
NO_TRANSPORT = "--quic-max-packet-length=1"
NOT_INSTALLED = "Executable doesn't exist"  # part of Playwright's message
NO_SANDBOX = ("No usable sandbox", "without --no-sandbox", "credentials.cc", "zygote_host")

log = logging.getLogger(__name__)


def system_browser(*, headed: bool = False) -> Path | None:
    """Find a Chromium or Chrome on the PATH, or in the Applications folder of macOS."""
    for name in SYSTEM_NAMES if headed else (SYSTEM_SHELL, *SYSTEM_NAMES):
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((path for path in SYSTEM_PATHS if path.exists()), None)


@contextmanager
def open_browser(settings: BrowserSettings) -> Iterator[Browser]:
    """Start the browser of the settings or connect to it, and close it at the end.

    First ends the browsers that a killed agent left running. Raises BrowserNotFound if no browser
    is installed, and BrowserError if it does not start or cannot be reached.
    """
    with running_playwright() as playwright:
        browser = start_browser(playwright, settings)
        try:
            yield browser
        finally:
            # A browser that crashed is closed already.
            with suppress(PlaywrightError):
                browser.close()


@contextmanager
def running_playwright() -> Iterator[Playwright]:
    """Start Playwright's synchronous API, and stop it at the end. Raises BrowserError."""
    manager = sync_playwright()
    try:
        playwright = manager.start()
    except PlaywrightError as error:
        raise BrowserError(
            f"no browser can start here ({first_line(error)}): in a program with an event "
            "loop, open a page with Playwright's asynchronous API and use `solve_async`"
        ) from None
    try:
        yield playwright
    finally:
        manager.__exit__()


def start_browser(playwright: Playwright, settings: BrowserSettings) -> Browser:
    """Like `open_browser`, but the caller has to close the browser."""
    if settings.server or settings.cdp:
        return _connect(playwright, settings)
    end_orphans()
    return _launch(getattr(playwright, settings.name), settings)


def _launch(kind: BrowserType, settings: BrowserSettings) -> Browser:
    """Start it; if that fails, try another executable, or no sandbox."""
    executable = settings.executable
    # As root, Chromium does not start with its sandbox.
    sandboxed = settings.sandbox and not (sys.platform == "linux" and os.geteuid() == 0)
    try:
        browser = kind.launch(
            executable_path=executable,
            headless=not settings.headed,
            handle_sigint=False,
            proxy=_proxy(settings),
            env={**marked_environment()},
            chromium_sandbox=sandboxed,
            args=[NO_PREFETCHING, NO_PEERS, NO_TRANSPORT] if kind.name == CHROMIUM else None,
        )
    except PlaywrightError as error:
        if executable is None and NOT_INSTALLED in error.message:
            fallback = _fallback_executable(kind, settings)
            return _launch(kind, settings.model_copy(update={"executable": fallback}))
        if sandboxed and any(sign in error.message for sign in NO_SANDBOX):
            _note(f"{settings.name} runs without its sandbox, which does not work here")
            return _launch(kind, settings.model_copy(update={"sandbox": False}))
        name = executable or kind.executable_path
        if executable is not None and not executable.exists():
            raise BrowserNotFound(
                f"browser.executable {name} does not exist: correct it, or leave it out"
            ) from None
        raise BrowserError(f"{name} does not start: {_reason(error, settings.name)}") from None
    if settings.sandbox and not sandboxed:
        _note(f"running as root, so {settings.name} runs without its sandbox")
    return browser


@cache
def _note(message: str) -> None:
    """Log a note about the browser, once in a process: `learn` starts one in each round."""
    log.warning("note: %s", message)


def _fallback_executable(kind: BrowserType, settings: BrowserSettings) -> Path:
    """The browser to start if Playwright's default browser is not installed.

    Raises BrowserNotFound if there is none.
    """
    if settings.name != CHROMIUM:
        raise BrowserNotFound(
            f"{settings.name} is not installed: run `playwright install {settings.name}`"
        )
    # `playwright install --no-shell` installs only the full browser.
    full = Path(kind.executable_path)
    found = full if full.exists() else system_browser(headed=settings.headed)
    if found is None:
        raise BrowserNotFound(
            "no Chromium or Chrome that can show a window is installed: install one, or leave out "
            "--headed"
            if settings.headed and system_browser()
            else "no Chromium or Chrome is installed: run `capslice install`, or set "
            "browser.executable"
        )
    return found


def _connect(playwright: Playwright, settings: BrowserSettings) -> Browser:
    milliseconds = settings.timeout * 1000
    try:
        if settings.server:
            kind = getattr(playwright, settings.name)
            # The server uses its own browser, unless it was started so that it accepts another.
            options = {"executablePath": str(settings.executable)} if settings.executable else {}
            headers = {"x-playwright-launch-options": json.dumps(options)} if options else None
            browser: Browser = kind.connect(settings.server, timeout=milliseconds, headers=headers)
            return browser
        return playwright.chromium.connect_over_cdp(settings.cdp, timeout=milliseconds)
    except PlaywrightError as error:
        key, address = ("server", settings.server) if settings.server else ("cdp", settings.cdp)
        raise BrowserError(
            f"browser.{key} {redacted(address)} cannot be reached ({first_line(error)}): is it "
            "running, and does it have the same version of Playwright?"
        ) from None


def _proxy(settings: BrowserSettings) -> Any:
    proxy = settings.proxy
    if not proxy.server:
        return None
    password = proxy.password.get_secret_value()
    # Playwright's messages may name them.
    userinfo = proxy.server.rpartition("@")[0].rpartition("//")[2]
    for secret in filter(None, (password, userinfo.partition(":")[2])):
        keep_secret(secret)
    options = {"server": proxy.server, "username": proxy.username, "password": password}
    return {name: value for name, value in options.items() if value}


def _reason(error: PlaywrightError, name: str) -> str:
    """A plain message for the usual reasons, else the first line of Playwright's message."""
    if "Missing X server" in error.message:
        return "there is no display to show a window on; leave out --headed"
    if "error while loading shared libraries" in error.message:
        return f"system libraries are missing; run `playwright install-deps {name}`"
    return first_line(error)
