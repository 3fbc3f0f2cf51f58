"""Loads functions from JavaScript files, to evaluate them in a page."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


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
