"""The scripts of this folder, to be run in a page."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import ElementHandle, Frame, Locator, Page

FILES = ("naming.js", "survey.js")


@cache
def _source() -> str:
    return "\n".join(files(__package__).joinpath(name).read_text("utf-8") for name in FILES)


def run(place: Page | Frame, call: str, given: object = None) -> Any:
    """What `call`, an expression of theirs, comes to in a page or frame; `given` is at hand."""
    return place.evaluate(f"given => {{ {_source()}; return {call}; }}", given)


def run_on(element: ElementHandle | Locator, call: str) -> Any:
    """The same where `given` is an element, in its document."""
    return element.evaluate(f"given => {{ {_source()}; return {call}; }}")
