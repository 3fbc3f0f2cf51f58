"""Loads functions from JavaScript files, to evaluate them in a page, and checks what they return.

They run in the page's own world, because Playwright's API offers no other. So a page can overwrite
what they call.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import msgspec
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from capslice.agent.browser.sync_async import result
from capslice.errors import PageChanged, one_line

Returned = TypeVar("Returned")
LEFT = "context was destroyed"  # in Playwright's message


@cache
def source(package: str) -> str:
    """The text of all .js files in the folder of a package, in the order of their names."""
    scripts = [file for file in files(package).iterdir() if file.name.endswith(".js")]
    return "\n".join(file.read_text("utf-8") for file in sorted(scripts, key=lambda f: f.name))


def function(package: str, name: str) -> str:
    """A JavaScript function for Playwright's `evaluate`.

    It passes its arguments on to the function called `name` in the .js files of the package.
    """
    return f"(...args) => {{ {source(package)}\nreturn {name}(...args); }}"


async def evaluated(page: Page, script: str) -> Any:
    """What a script returns in the page, or in the next one if the page is just being left.

    Raises Playwright's errors.
    """
    try:
        return await result(page.evaluate(script))
    except PlaywrightError as error:
        if LEFT not in error.message:
            raise
    await result(page.wait_for_load_state("domcontentloaded"))
    return await result(page.evaluate(script))


def checked(returned: object, kind: type[Returned]) -> Returned:
    """What a function returned in a page, as the type that it should have.

    Raises PageChanged if it has another one, because the page has overwritten what it calls.
    """
    try:
        return msgspec.convert(returned, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise PageChanged(
            f"the page gave the agent's script a wrong answer ({one_line(str(error))}): does it "
            "overwrite functions of the browser?"
        ) from None
