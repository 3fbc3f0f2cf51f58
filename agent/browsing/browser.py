"""Find a Chromium, start it, and open pages that say who is asking.

Playwright's own browser comes first, then one that the system has. Nothing here
hides that the browser is automated.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from agent.browsing.exact_picture import first_line
from agent.errors import BrowserError, BrowserNotFound
from agent.settings import Browser as BrowserSettings

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


def system_browser() -> Path | None:
    """A Chromium or Chrome that the system has, on the path or where macOS keeps them."""
    for name in SYSTEM_NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((path for path in SYSTEM_PATHS if path.exists()), None)


@contextmanager
def open_browser(settings: BrowserSettings) -> Iterator[Browser]:
    """A running browser, closed at the end.

    Raises BrowserNotFound where there is none, and BrowserError where it does not start.
    """
    with sync_playwright() as playwright:
        browser = _launch(playwright, settings)
        try:
            yield browser
        finally:
            browser.close()


def _launch(playwright: Playwright, settings: BrowserSettings) -> Browser:
    executable = settings.executable
    if executable is None and not Path(playwright.chromium.executable_path).exists():
        executable = system_browser()
        if executable is None:
            raise BrowserNotFound(
                "no Chromium or Chrome is installed: run `captcha-agent install`, or set "
                "browser.executable"
            )
    try:
        return playwright.chromium.launch(
            executable_path=executable, headless=not settings.headed, handle_sigint=False
        )
    except PlaywrightError as error:
        name = executable or playwright.chromium.executable_path
        if executable is not None and not executable.exists():
            raise BrowserNotFound(
                f"browser.executable {name} does not exist: correct it, or leave it out"
            ) from None
        raise BrowserError(f"{name} does not start: {_reason(error)}") from None


def _reason(error: PlaywrightError) -> str:
    """The two usual reasons in words, else Playwright's first line."""
    if "Missing X server" in error.message:
        return "there is no display to show a window on; leave out --headed"
    if "error while loading shared libraries" in error.message:
        return "libraries of the system are missing; run `playwright install-deps chromium`"
    return first_line(error)


def new_page(browser: Browser) -> Page:
    """A page with a session of its own, whose User-Agent names capslice and its version."""
    major = browser.version.partition(".")[0]
    return browser.new_page(
        # A service worker's requests would not be seen by the guard.
        service_workers="block",
        user_agent=f"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 "
        f"Safari/537.36 capslice/{version('capslice')}",
    )
