"""Says in one line what is wrong with a setting."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from capslice.agent.rules.redaction import redacted_text
from capslice.errors import ConfigurationError, one_line, quoted

SECRETS = ("password", "passphrase", "headers")


def check_environment(prefix: str, sections: set[str]) -> None:
    """Raises ConfigurationError if an environment variable with the prefix sets nothing."""
    for name in sorted(os.environ):
        if not name.startswith(prefix):
            continue
        section = name.removeprefix(prefix).lower().partition("_")[0]
        if section not in sections:
            raise ConfigurationError(
                f"environment variable {name} sets nothing: {prefix} must be followed "
                f"by one of {', '.join(sorted(section.upper() for section in sections))}"
            )


def problem(details: ErrorDetails, settings: type[BaseModel]) -> str:
    """Describe one wrong key of the settings: its name, its value, and what it should be."""
    *path, key = details["loc"] or ("",)
    name = one_line(".".join(map(str, (*path, key))))
    # What pydantic writes before the words of our own checks.
    said = details["msg"].removeprefix("Value error, ")
    if isinstance(details["input"], dict) and details["type"] == "value_error":
        return f"{name}: {said}"
    if details["type"] != "extra_forbidden":
        is_secret = key == "password" or "proxy" in details["loc"]
        given = "(not shown)" if is_secret else redacted_text(quoted(details["input"]))
        return f"{name} = {given} is wrong: {redacted_text(one_line(said))}"
    section = settings
    for part in path:
        if isinstance(part, str):  # else a place in a list
            section = _section(section.model_fields[part].annotation) or section
    close = get_close_matches(str(key)[:100], section.model_fields, n=1)
    return (
        f"{name} is no setting"
        + (f", did you mean {close[0]!r}?" if close else "")
        + f" (there are {', '.join(section.model_fields)})"
    )


def _section(annotation: object) -> type[BaseModel] | None:
    """The section that an annotation names, also in a list."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None
