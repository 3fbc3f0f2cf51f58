"""A config.toml of what was found, with comments: the target, and what one may want to set next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from capslice.agent.discovery.form import Form
from capslice.errors import ConfigurationError

ABOUT = """\
# The captcha of {url}, as `capslice init` found it.
# What is left out has its default. A command-line option wins over an environment variable
# (CAPSLICE_BROWSER__TIMEOUT=5), that over this file. `capslice doctor` checks all of it.
"""
ORIGINS = """\
# The only origins that the agent may act on. "loopback" is this machine, at any port;
# others are written in full, such as "https://staging.example.org". Name only sites that
# are yours, or that you are permitted in writing to test.
"""
SELECTORS = {
    "picture": "the captcha itself",
    "input": "where the answer is typed: one field, or one for each character",
    "submit": 'what is clicked to send it; "" presses Enter',
    "refresh": 'what is clicked for a fresh captcha; "" opens the page anew',
    "success": "visible only when an answer was accepted",
    "failure": "visible only when an answer was rejected",
    "frame": "the iframe that all of these are in, if they are in one",
    "dismiss": "what is clicked to be rid of a banner that lies over the form",
}
OPTIONAL = ("frame", "dismiss")
STATUSES = """\
# HTTP statuses of the answer to what was submitted, for what no message tells.
"""
# What one is likely to want next, with its default and what it is.
NEXT: dict[str, dict[str, tuple[object, str]]] = {
    "browser": {
        "headed": (False, "true shows the window"),
        "timeout": (10.0, "seconds to wait for a page, an element, a picture or a verdict"),
        "contact": ("", "whom the site's owner can ask, for the User-Agent"),
    },
    "retries": {
        "attempts": (5, "captchas at the most, also those read too unsurely to answer"),
        "total": (60.0, "seconds after which no further attempt is begun"),
    },
    "model": {
        "path": ("mine.onnx", "left out: the shipped models/ellipses.onnx"),
        "min_confidence": (0.95, "a reading less sure is not typed"),
    },
    "journal": {
        "path": ("journal.sqlite", "every attempt, with its picture; left out: no journal")
    },
    "pace": {"interval": (2.0, "seconds between two submissions to an origin")},
}


def config_text(form: Form, kept: Mapping[str, Any]) -> str:
    """The file's text. `kept` are sections of another file that go on to hold, but the target."""
    return "\n".join(_lines(form, {name: kept[name] for name in kept if name != "target"}))


def write_config(file: Path, text: str, *, overwrite: bool) -> None:
    """Write it. Raises ConfigurationError where it is there already, or cannot be written."""
    try:
        with file.open("w" if overwrite else "x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise there_already(file) from None
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be written ({error.strerror}): name another --out"
        ) from None


def there_already(file: Path) -> ConfigurationError:
    """The error for a file that must not be lost."""
    return ConfigurationError(
        f"{file} is there already: name another --out, or give --overwrite to replace it"
    )


def _lines(form: Form, kept: dict[str, Any]) -> Iterator[str]:
    yield ABOUT.format(url=form.url.replace("\n", " "))
    yield "[target]"
    yield "# The page with the captcha."
    yield f"url = {_value(form.url)}"
    yield f"{ORIGINS}allowed_origins = {_value(list(form.origins))}"
    yield "\n[target.selectors]"
    yield "# Where things are on the page, as CSS or any other Playwright selector."
    for name, purpose in SELECTORS.items():
        finding = form.found[name]
        optional = name in OPTIONAL and not finding.selector
        if finding.guessed:
            yield f"# A guess, which was not seen on the page: correct the selector of {name}."
        elif name in ("success", "failure"):
            yield f"# {_comment(finding.why)}"
        line = f"{'# ' if optional else ''}{name} = {_value(finding.selector)}"
        yield f"{line:<22}  # {purpose}"
    accepted, rejected = list(form.statuses.accepted), list(form.statuses.rejected)
    yield "\n[target.statuses]"
    yield STATUSES.rstrip()
    for name, statuses in (("accepted", accepted), ("rejected", rejected)):
        yield f"{'' if statuses else '# '}{name} = {_value(statuses)}"
    for section, keys in NEXT.items():
        yield from _section(section, keys, kept.pop(section, {}))
    for section, table in kept.items():
        yield from _section(section, {}, table)
    for note in form.notes:
        yield f"\n# Note: {_comment(note)}"
    yield ""


def _section(
    name: str, keys: Mapping[str, tuple[object, str]], table: dict[str, Any]
) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    own = {key: value for key, value in table.items() if key not in inner}
    if keys or own:
        yield f"\n[{name}]"
    for key, (default, purpose) in keys.items():
        mark = "" if key in own else "# "
        line = f"{mark}{key} = {_value(own.pop(key, default))}"
        yield f"{line:<22}  # {purpose}"
    for key, value in own.items():
        yield f"{key} = {_value(value)}"
    for key, value in inner.items():
        yield from _section(f"{name}.{key}", {}, value)


def _value(value: object) -> str:
    """As TOML has it, whose strings are JSON's but for one character that it wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
