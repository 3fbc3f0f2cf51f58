"""Packages that a plain `pip install capslice` does not bring, and how to install them."""

from __future__ import annotations

import json
from importlib.metadata import distribution

from capslice.errors import MissingExtra


def missing(what: str, extra: str) -> MissingExtra:
    """The error for a missing package: `what` is missing, and `extra` brings it."""
    return MissingExtra(f"{what}: pip install '{_installed_as()}[{extra}]'")


def _installed_as() -> str:
    """What pip calls this installation: a name from an index, or the folder of a checkout."""
    origin = json.loads(distribution("capslice").read_text("direct_url.json") or "{}")
    return "." if "dir_info" in origin else "capslice"
