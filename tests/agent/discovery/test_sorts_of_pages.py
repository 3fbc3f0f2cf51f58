"""`capslice init` finds captchas that are shown late, deep, large, small, or without any words."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from capslice import Settings
from capslice.agent.discovery.config_text import config_text
from tests.agent.conftest import Answer, Site
from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.pages.site import SitePage
from tests.agent.discovery.pages.sorts import PLAIN, SORTS


@pytest.mark.parametrize("name", SORTS)
def test_the_captcha_is_found(
    name: str, finder: Finder, serve_page: Callable[[SitePage], str]
) -> None:
    page, parts = SORTS[name]
    found = finder.form(serve_page(page))
    expected = {"picture": "#bild", "input": "#feld", "submit": "button", "frame": "", **parts}
    assert {name: found.selector(name) for name in expected} == expected
    is_guess = any("no word says that this is a captcha" in note for note in found.notes)
    assert is_guess == (name == "no words")
    opener = ["#open"] if name == "in a dialog" else []
    assert [step.click for step in found.target.before] == opener
    before = tomllib.loads(config_text(found, {}))["target"].get("before", [])
    assert before == [{"click": each} for each in opener]


def test_headers_and_subresources_stay_in_the_file(
    finder: Finder, site: Callable[..., Site], png: bytes
) -> None:
    there = site({"/": Answer(PLAIN.encode()), "/picture": Answer(png, kind="image/png")})
    target = {"subresources": "all", "headers": {"X-Staging": "token"}}
    found = finder.form(there.url, **target)
    written = tomllib.loads(config_text(found, {"target": target}))
    assert written["target"]["headers"] == target["headers"]
    assert Settings.model_validate(written).target == found.target
