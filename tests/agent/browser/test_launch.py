"""Which browser is started, and what happens if it is not installed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from capslice import solve_target
from capslice.agent.browser.launch import system_browser
from capslice.errors import (
    BrowserNotFound,
)
from capslice.training.mock_page import MockPage
from tests.conftest import in_a_thread, settings_for

Serve = Callable[..., MockPage]


@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_a_browser_that_is_not_installed(
    name: str, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Hides a browser that Playwright has installed.
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    settings = settings_for(serve().url, browser={"name": name})
    with pytest.raises(BrowserNotFound, match=f"run `playwright install {name}`"):
        in_a_thread(solve_target, settings)


@pytest.mark.parametrize("has", ["the shell alone", "no shell"])
def test_playwrights_own_browser_comes_first(
    has: str, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    def own() -> Path:
        """The path where Playwright looks; its error names it if nothing is there."""
        with sync_playwright() as playwright:
            if has == "no shell":
                return Path(playwright.chromium.executable_path)
            with pytest.raises(PlaywrightError) as missing:
                playwright.chromium.launch()
        (line,) = re.findall(r"exist at (.*)", missing.value.message)
        return Path(line)

    started, path = tmp_path / "started", in_a_thread(own)
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\ntouch {started}\nexec {system_browser()} "$@"\n')
    path.chmod(0o755)
    assert in_a_thread(solve_target, settings_for(serve().url)).solved
    assert started.exists()


def test_headed_needs_a_browser_with_a_window(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(name: str) -> Path:
        (tmp_path / name).touch(0o755)
        return tmp_path / name

    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("capslice.agent.browser.launch.SYSTEM_PATHS", ())
    assert system_browser() is None
    shell = install("chromium-headless-shell")
    assert system_browser() == shell
    with pytest.raises(BrowserNotFound, match="or leave out --headed"):
        in_a_thread(solve_target, settings_for(serve().url, browser={"headed": True}))
    whole = install("chromium")
    assert (system_browser(), system_browser(headed=True)) == (shell, whole)
