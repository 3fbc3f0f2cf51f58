"""`capslice init` and `solve` understand what some sites do otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capslice import Reader, Settings, solve
from capslice.agent.discovery.config_text import config_text
from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.pages.details import DETAILS, USUAL
from tests.agent.discovery.pages.site import SitePage
from tests.agent.discovery.test_mock_page import selectors


@pytest.mark.parametrize("name", DETAILS)
def test_a_detail(
    name: str,
    finder: Finder,
    serve_page: Callable[[SitePage], str],
    tmp_path: Path,
    reader: Reader,
) -> None:
    page, other = DETAILS[name]
    found = finder.form_and_messages(serve_page(page))
    expected = {part: selector for part, selector in (USUAL | other).items() if selector}
    assert selectors(found) == expected
    assert not found.findings["success"].guessed
    config = tmp_path / "config.toml"
    config.write_text(config_text(found, {}))
    assert solve(finder.new_session(), Settings.load(config), reader=reader).solved
