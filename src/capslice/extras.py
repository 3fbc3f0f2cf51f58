"""Names the pip command that installs a missing optional package."""

from __future__ import annotations

import json
from importlib.metadata import distribution

from capslice.errors import MissingExtra


def missing(what: str, extra: str) -> MissingExtra:
    """The error for a missing package: `what` says what is missing, `extra` installs it."""
    return MissingExtra(f"{what}: pip install '{_installed_as()}[{extra}]'")


def _installed_as() -> str:
    """What pip calls this installation: `capslice` from an index, or `.` in a checkout."""
    origin = json.loads(distribution("capslice").read_text("direct_url.json") or "{}")
    return "." if "dir_info" in origin else "capslice"
