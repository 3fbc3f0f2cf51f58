"""What all tests share: the captcha, the shipped reader, one browser, and pages to try it on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser

from agent import CaptchaPage, Reader, Settings, new_page, open_browser
from agent.settings import Target
from training.mock_page import MockPage, Switches
from training.pictures import EllipseCaptcha

# Machines differ in speed, and examples that take long are no defect.
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
def visit(browser: Browser) -> Iterator[Callable[..., CaptchaPage]]:
    """A captcha page in a session of its own, closed when the test ends."""
    with ExitStack() as stack:

        def visit(url: str, timeout: float = 10.0, **target: object) -> CaptchaPage:
            page = new_page(browser)
            stack.callback(page.close)
            return CaptchaPage(page, Target.model_validate({"url": url, **target}), timeout)

        yield visit
