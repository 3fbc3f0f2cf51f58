"""pytest fixtures that solve captchas in end-to-end tests, for use with pytest-playwright.

    def test_renewal(page, capslice_agent):
        page.goto("https://staging.example.org/renew")
        capslice_agent.solve()
        expect(page.get_by_text("Your card is renewed")).to_be_visible()

The settings come from config.toml in pytest's root directory, or from the file that
`capslice_config` names in pytest's configuration. Every fixture can be overridden in a
conftest.py. Tests that use no fixture load neither ONNX Runtime nor Playwright.

pytest-playwright-asyncio has an asynchronous `page`. There, use the other two fixtures:

    async def test_renewal(page, capslice_settings, capslice_reader):
        await page.goto("https://staging.example.org/renew")
        assert (await solve_async(page, capslice_settings, reader=capslice_reader)).solved
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from capslice.errors import CapsliceError

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from capslice.agent.reading.reader import Reader
    from capslice.agent.settings import Settings
    from capslice.agent.solution import Solution

CONFIG = "capslice_config"


@contextmanager
def failing() -> Iterator[None]:
    """Turn an error of capslice into a failed test with one line."""
    try:
        yield
    except CapsliceError as error:
        # Without `from None`, pytest would also show the error that this one replaces.
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the key to pytest's configuration."""
    parser.addini(CONFIG, "settings file of capslice, relative to pytest's root [config.toml]")


@dataclass
class PageAgent:
    """Solves captchas on the page of a test.

    record:    puts a value into the test's report.
    solutions: the solution of each captcha, in order.
    """

    page: Page
    settings: Settings
    reader: Reader
    record: Callable[[str, object], None]
    solutions: list[Solution] = field(default_factory=list)

    def solve(self) -> Solution:
        """Solve the captcha on the page; a blank page first opens the configured target.

        Fails the test if the captcha is not solved, and warns if the model no longer reads the
        captcha as well as it did (`agent/drift.py`). Puts the number of attempts into the test's
        report as `captcha_attempts` (see pytest's `--junit-xml`).
        """
        from capslice.agent.drift import drift_of
        from capslice.agent.solve import solve

        url = "" if self.page.url == "about:blank" else self.page.url
        with failing():
            solution = solve(self.page, self.settings, reader=self.reader)
            if drift := drift_of(self.settings, url):
                warnings.warn(str(drift), stacklevel=2)
        self.solutions.append(solution)
        self.record("captcha_attempts", len(solution.attempts))
        if not solution.solved:
            pytest.fail(str(solution), pytrace=False)
        return solution


@pytest.fixture(scope="session")
def capslice_settings(pytestconfig: pytest.Config) -> Settings:
    """The settings from config.toml and the environment."""
    from capslice.agent.settings import Settings
    from capslice.files import CONFIG_FILE

    name = pytestconfig.getini(CONFIG)
    config: Path = pytestconfig.rootpath / (name or CONFIG_FILE)
    with failing():
        return Settings.load(config if name or config.is_file() else None)


@pytest.fixture(scope="session")
def capslice_reader(capslice_settings: Settings) -> Reader:
    """The model that the settings name, loaded once."""
    from capslice.agent.reading.reader import cached_reader

    with failing():
        return cached_reader(capslice_settings.model)


@pytest.fixture
def capslice_agent(
    page: Page,
    capslice_settings: Settings,
    capslice_reader: Reader,
    record_property: Callable[[str, object], None],
) -> PageAgent:
    """An agent for the `page` of this test."""
    from capslice.agent.browser.sync_async import is_async

    if is_async(page):
        pytest.fail(
            "capslice_agent needs pytest-playwright's synchronous `page`, and this one is "
            "asynchronous: use `await solve_async(page)` from capslice instead",
            pytrace=False,
        )
    return PageAgent(page, capslice_settings, capslice_reader, record_property)
