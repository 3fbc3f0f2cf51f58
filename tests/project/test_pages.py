"""The table of pages: how it is measured, and that docs/pages.md has them all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.pages.__main__ import write
from benchmarks.pages.catalogue import Case, cases
from benchmarks.pages.measuring import measure
from tests.agent.discovery.pages.site import SitePage, serve
from tests.agent.discovery.pages.sorts import PLAIN
from tests.conftest import ROOT


def case(page: SitePage) -> Case:
    return Case("Group", "a page", lambda rejects_all: serve(page, rejects_all=rejects_all))


def test_a_page_is_measured(browser: Browser, tmp_path: Path) -> None:
    row = measure(case(SitePage(PLAIN)), browser, 1)
    assert row.said == []
    assert list(row.found.values())[:3] == ["#bild", "#feld", "button"]
    assert row.outcomes == (Counter({"solved": 1}), Counter({"not solved": 1}))
    nothing = measure(case(SitePage("<p>Hello</p>")), browser, 1)
    assert not nothing.is_known
    assert "no picture captcha was found" in nothing.said[0]
    assert nothing.outcomes == (Counter(), Counter())
    write(tmp_path / "pages.md", [row, nothing], 1)
    table = (tmp_path / "pages.md").read_text()
    assert "| a page | `#bild` | `#feld` | `button` |" in table
    assert "| 1 of 1 | 1 of 1 |" in table
    assert "| a page | - | - | - | - | - | - | - |" in table
    assert "found everything on 1 of 2 pages" in table


def test_the_page_has_each_case() -> None:
    table = (ROOT / "docs" / "pages.md").read_text("utf-8")
    assert [each.name for each in cases() if f"\n| {each.name} | " not in table] == []
