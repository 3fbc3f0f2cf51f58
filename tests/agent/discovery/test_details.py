"""`capslice init` and `solve` understand what some sites do otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capslice import Reader
from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.pages.details import DETAILS, USUAL
from tests.agent.discovery.pages.site import SitePage
from tests.agent.discovery.test_mock_page import selectors

# The photograph and the typing of these have tests of their own.
SLOW = (
    *("a search in a sticky header over the form", "a picture for dense displays"),
    *("a strict Content-Security-Policy, a transparent picture", "a lazy picture below the fold"),
    *("a field with a mask", "a cookie as the verdict", "requests that fail in the background"),
)


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[pytest.mark.slow] * (each in SLOW)) for each in DETAILS],
)
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
    assert finder.solves(found, tmp_path / "config.toml")
