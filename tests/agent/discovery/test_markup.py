"""`capslice init` finds captchas in forms of other sites and in other languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capslice import Reader
from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.pages.markup import MARKUP
from tests.agent.discovery.test_mock_page import selectors

SLOW_FORMS = ("German, no ids", "Russian", "Spanish, an input without a form")


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[pytest.mark.slow] * (each in SLOW_FORMS)) for each in MARKUP],
)
def test_other_markup(
    name: str, finder: Finder, serve_page: Callable[..., str], tmp_path: Path, reader: Reader
) -> None:
    page, expected = MARKUP[name]
    found = finder.form_and_messages(serve_page(page))
    assert selectors(found) == expected
    assert found.notes == ()
    assert finder.solves(found, tmp_path / "config.toml")
