"""`capslice init` finds a form and its messages in any language and under any names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.pages.languages import LANGUAGES
from tests.agent.discovery.pages.site import SitePage
from tests.agent.discovery.test_mock_page import selectors

QUICK = ("Arabic", "Dutch", "Korean", "Vietnamese")


@pytest.mark.parametrize(
    "language",
    [pytest.param(each, marks=[pytest.mark.slow] * (each not in QUICK)) for each in LANGUAGES],
)
def test_a_language(language: str, finder: Finder, serve_page: Callable[[SitePage], str]) -> None:
    page, expected = LANGUAGES[language]
    found = finder.form_and_messages(serve_page(page))
    assert selectors(found) == expected
    assert not any(finding.guessed for finding in found.findings.values())
