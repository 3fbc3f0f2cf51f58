"""Names the pip command that installs a missing optional package."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from capslice.errors import MissingExtra


def missing(what: str, extra: str) -> MissingExtra:
    """The error for a missing package: `what` says what is missing, `extra` installs it."""
    return MissingExtra(f"{what}: pip install {_requirement(extra)}")


def _requirement(extra: str) -> str:
    """What pip installs with the extra: the package by name, or the folder that it came from."""
    origin = json.loads(distribution("capslice").read_text("direct_url.json") or "{}")
    if "dir_info" not in origin:
        return f"'capslice[{extra}]'"
    folder = Path(url2pathname(urlsplit(origin["url"]).path))
    option = "--editable " if origin["dir_info"].get("editable") else ""
    return f"{option}'{'.' if folder == Path.cwd() else folder}[{extra}]'"
