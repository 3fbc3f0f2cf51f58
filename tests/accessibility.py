"""Asks axe whether a page is accessible."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def violations(page: Page) -> list[tuple[str, list[str]]]:
    found: dict[str, Any] = Axe().run(page, options={"runOnly": LEVELS}).response
    # These rules must have run: a rule that did not run reports no violation either.
    assert {"color-contrast", "document-title", "html-has-lang"} <= {
        rule["id"] for rule in found["passes"]
    }
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]
