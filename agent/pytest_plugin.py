"""For end-to-end tests of a site of one's own: `capslice_agent`, beside pytest-playwright's `page`.

    def test_renewal(page, capslice_agent):
        page.goto("https://staging.example.org/renew")
        capslice_agent.solve()
        expect(page.get_by_text("Your card is renewed")).to_be_visible()

The settings are those of config.toml in pytest's root, or of the file that `capslice_config` names
in pytest's own configuration. Each fixture can be overridden in a conftest.py; a test that does not
ask for one costs nothing.
"""

from __future__ import annotations

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
    """An error of ours is a test that fails, in the error's one line."""
    try:
        yield
    except CapsliceError as error:
        pytest.fail(str(error), pytrace=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make the key known to pytest."""
    parser.addini(CONFIG, "settings of capslice, a path from pytest's root [config.toml]")


@dataclass
class PageAgent:
    """Solves captchas on a page that is the test's.

    record:    puts a value into the test's report.
    solutions: what came of each captcha, in their order.
    """

    page: Page
    settings: Settings
    reader: Reader
    record: Callable[[str, object], None]
    solutions: list[Solution] = field(default_factory=list)

    def solve(self) -> Solution:
        """Solve the captcha that the page shows; where it is blank, the target's is opened.

        The test fails where it is not solved, or where an error ended it. The number of
        attempts is put into the report (pytest's `--junit-xml`).
        """
        from capslice.agent.solve import solve

        with failing():
            solution = solve(self.page, self.settings, reader=self.reader)
        self.solutions.append(solution)
        self.record("captcha_attempts", len(solution.attempts))
        if not solution.solved:
            pytest.fail(str(solution), pytrace=False)
        return solution


@pytest.fixture(scope="session")
def capslice_settings(pytestconfig: pytest.Config) -> Settings:
    """What config.toml says, and the environment."""
    from capslice.agent.settings import Settings
    from capslice.files import CONFIG_FILE

    named = pytestconfig.getini(CONFIG)
    config: Path = pytestconfig.rootpath / (named or CONFIG_FILE)
    with failing():
        return Settings.load(config if named or config.is_file() else None)


@pytest.fixture(scope="session")
def capslice_reader(capslice_settings: Settings) -> Reader:
    """The model of the settings, loaded once."""
    from capslice.agent.reading.reader import Reader

    model = capslice_settings.model
    with failing():
        return Reader(model.path, model.threads)


@pytest.fixture
def capslice_agent(
    page: Page,
    capslice_settings: Settings,
    capslice_reader: Reader,
    record_property: Callable[[str, object], None],
) -> PageAgent:
    """An agent on the `page` of this test."""
    return PageAgent(page, capslice_settings, capslice_reader, record_property)
