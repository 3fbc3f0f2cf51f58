"""Writes a commented config.toml for the captcha that was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from capslice.agent.discovery.form import Form
from capslice.agent.rules.redaction import redacted
from capslice.errors import ConfigurationError
from capslice.files import write_whole

ABOUT = """\
# The captcha of {url}, as `capslice init` found it.
# Settings that are left out have their defaults. A command-line option wins over an environment
# variable (CAPSLICE_BROWSER__TIMEOUT=5), which wins over this file. `capslice doctor` checks it.
"""
ORIGINS = """\
# The only origins that the agent may act on. "loopback" means this machine, on any port. Write
# other origins in full, such as "https://staging.example.org". Name only sites that are yours,
# or that you have written permission to test.
"""
SELECTORS = {
    "picture": "the picture of the captcha",
    "input": "the field for the answer, or all fields if each character has one",
    "submit": 'to click to send the answer; "" presses Enter; "auto": the page sends it by itself',
    "refresh": 'the element to click for a new captcha; "" reloads the page',
    "success": "visible only after an accepted answer; also alert=, address=, cookie=, download=",
    "failure": "visible only after a rejected answer; also alert=, address=, cookie=, download=",
    "frame": "the iframe that contains all of these, if there is one",
    "dismiss": "the element to click to close a banner that covers the form",
}
OPTIONAL = ("frame", "dismiss")
STATUSES = """\
# For a site that shows no message: the HTTP statuses of its response to an answer.
"""
# Settings that a user is likely to change next: their defaults and comments.
NEXT: dict[str, dict[str, tuple[object, str]]] = {
    "browser": {
        "headed": (False, "true shows the browser's window"),
        "timeout": (10.0, "seconds to wait for a page, an element, a picture or a verdict"),
        "contact": ("", "address in the User-Agent, so that the site's owner can ask"),
    },
    "retries": {
        "attempts": (5, "most captchas to read, including those too unsure to answer"),
        "total": (60.0, "seconds after which no new attempt starts"),
    },
    "model": {
        "path": ("mine.onnx", 'or a shipped model; left out: "ellipses"'),
        "length": ("", 'number of characters, such as 5 or "4-6"; "": what the model reads'),
        "characters": ("", 'such as "A-Z2-9"; "": what the model reads'),
        "case": ("keep", 'or "upper", "lower", "fold" (case does not matter)'),
        "answer": ("text", 'or "sum": the answer is the value of the sum that is shown'),
        "min_confidence": (0.95, "below this the agent asks for a new captcha"),
    },
    "journal": {
        "path": ("journal.sqlite", "records every attempt and its picture; left out: no journal")
    },
    "pace": {"interval": (2.0, "seconds between two submissions to one origin")},
}


def config_text(form: Form, kept: Mapping[str, Any]) -> str:
    """Return the file's text. `kept` are the sections of another file.

    Of its [target], only the headers and `subresources` stay; all else is replaced.
    """
    others = {name: kept[name] for name in kept if name != "target"}
    return "\n".join(_lines(form, others, kept.get("target", {})))


def write_config(file: Path, text: str, *, overwrite: bool) -> None:
    """Write the file. Raises ConfigurationError if it exists already or cannot be written."""
    try:
        if file.exists() and not overwrite:
            raise already_exists(file)
        write_whole(file, text.encode(), is_private=True)  # it may have passwords
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be written ({error.strerror}): name another --out"
        ) from None


def already_exists(file: Path) -> ConfigurationError:
    """Return the error for a file that exists already."""
    return ConfigurationError(
        f"{file} exists already: name another --out, or give --overwrite to replace it"
    )


def _lines(form: Form, kept: dict[str, Any], target: Mapping[str, Any]) -> Iterator[str]:
    yield ABOUT.format(url=_comment(redacted(form.url)))
    yield "[target]"
    yield "# The page with the captcha."
    yield f"url = {toml_value(form.url)}"
    yield f"{ORIGINS}allowed_origins = {toml_value(list(form.origins))}"
    if "subresources" in target:
        yield f"subresources = {toml_value(target['subresources'])}"
    yield "\n[target.selectors]"
    yield "# The elements of the page, as CSS selectors or any other Playwright selectors."
    for name, purpose in SELECTORS.items():
        finding = form.findings[name]
        optional = name in OPTIONAL and not finding.selector
        if finding.guessed and finding.selector:
            yield f"# A guess: correct the selector of {name}."
        elif finding.guessed:
            yield f"# Nothing was found or could be guessed: write the selector of {name}."
        elif name in ("success", "failure"):
            yield f"# {_comment(finding.why)}"
        line = f"{'# ' if optional else ''}{name} = {toml_value(finding.selector)}"
        yield f"{line:<22}  # {purpose}"
    if "headers" in target:
        yield from _section("target.headers", {}, dict(target["headers"]))
    yield from _steps(form)
    accepted, rejected = list(form.statuses.accepted), list(form.statuses.rejected)
    yield "\n[target.statuses]"
    yield STATUSES.rstrip()
    for name, statuses in (("accepted", accepted), ("rejected", rejected)):
        yield f"{'' if statuses else '# '}{name} = {toml_value(statuses)}"
    for section, keys in NEXT.items():
        yield from _section(section, keys, kept.pop(section, {}))
    for section, table in kept.items():
        yield from _section(section, {}, table)
    for note in form.notes:
        yield f"\n# Note: {_comment(note)}"
    yield ""


def _steps(form: Form) -> Iterator[str]:
    """The steps before the captcha, and one for each field that the form also requires."""
    for step in form.base.before:
        yield "\n[[target.before]]"
        for name, value in step.model_dump(exclude_defaults=True).items():
            yield f"{name} = {toml_value(value)}"
    for field in form.required:
        yield f"\n# The form also requires {_comment(field.label)}: complete this step."
        yield "# [[target.before]]"
        yield f"# {field.action} = {toml_value(field.selector)}"
        if field.action != "click":
            yield '# value = ""'


def _section(
    name: str, keys: Mapping[str, tuple[object, str]], table: dict[str, Any]
) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    own = {key: value for key, value in table.items() if key not in inner}
    if keys or own:
        yield f"\n[{name}]"
    for key, (default, purpose) in keys.items():
        prefix = "" if key in own else "# "
        line = f"{prefix}{key} = {toml_value(own.pop(key, default))}"
        yield f"{line:<22}  # {purpose}"
    for key, value in own.items():
        yield f"{key} = {toml_value(value)}"
    for key, value in inner.items():
        yield from _section(f"{name}.{key}", {}, value)


def toml_value(value: object) -> str:
    """Return a value as TOML, whose strings are JSON's except for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
