"""Fixtures for all tests: the captcha, the shipped reader, one browser, and pages to solve."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser

from capslice import Reader, Settings, Solution, new_page, open_browser, solve
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.settings import Target
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha

# A slow example is no defect: machines differ in speed.
hypothesis_settings.register_profile("capslice", deadline=None)
hypothesis_settings.load_profile("capslice")

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CAPSLICE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def captcha() -> EllipseCaptcha:
    return EllipseCaptcha()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2026)


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser(Settings().browser) as browser:
        yield browser


@pytest.fixture
def serve(captcha: EllipseCaptcha) -> Iterator[Callable[..., MockPage]]:
    """Serve a mock page with the given switches until the test ends."""
    with ExitStack() as stack:

        def serve(**switches: object) -> MockPage:
            page = MockPage(captcha, Switches(**switches), seed=1)  # type: ignore[arg-type]
            return stack.enter_context(page)

        yield serve


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., SyncCaptchaPage]]:
    """A captcha page in a session of its own, closed when the test ends."""
    with ExitStack() as stack:

        def visit(url: str, timeout: float = 10.0, **target: object) -> SyncCaptchaPage:
            page = new_page(browser)
            stack.callback(page.context.close)
            target_there = Target.model_validate({"url": url, **target})
            captcha_page = SyncCaptchaPage(page, target_there, timeout)
            captcha_page.attach()
            return captcha_page

        yield visit


# Short waits, because no real site is asked.
QUICK = {"first_wait": 0.01, "longest_wait": 0.02, "jitter": 0}


def settings_for(url: str, timeout: float = 10.0, **sections: dict[str, Any]) -> Settings:
    """Default settings for the page at `url`, with quick retries."""
    target = {"url": url} | sections.pop("target", {})
    browser = {"timeout": timeout} | sections.pop("browser", {})
    retries = QUICK | sections.pop("retries", {})
    return Settings.model_validate(
        {"target": target, "browser": browser, "retries": retries, **sections}
    )


@pytest.fixture
def solve_at(browser: Browser, reader: Reader) -> Callable[..., Solution]:
    """Solve the captcha at an address, on a new page."""

    def solve_at(url: str, timeout: float = 10.0, **sections: dict[str, Any]) -> Solution:
        page = new_page(browser)
        try:
            return solve(page, settings_for(url, timeout, **sections), reader=reader)
        finally:
            page.context.close()

    return solve_at


def in_a_thread(call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Call in a new thread; in this one `browser` already runs Playwright's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call, *given, **named).result()
