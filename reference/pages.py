"""The pages of the reference: makes them, writes them, and finds those that are out of date."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
from jinja2 import Template

import capslice.errors
from capslice import command_line
from capslice.cli import cli
from capslice.files import CONFIG_FILE
from capslice.training.pages import page_template
from reference.commands import contexts, describe
from reference.configuration import sections
from reference.json_schemas import LINES, json_schemas, tables
from reference.python import entries

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"

# Parts that are code already, parts that should be, and characters that Markdown would interpret.
NAMED = r'"[^"]*"|(?<!\S)--[a-z][a-z0-9-]+|CAPSLICE_[\w=]+'
PARTS = re.compile(rf"(?P<code>`[^`]*`)|(?P<named>{NAMED})|(?P<special>[<*_])")


# A field that a docstring explains, such as `url:      where it is.`
FIELD = re.compile(r"[a-z_]+: +\S")


def pages() -> dict[str, str]:
    """The text of each page, by its path in the folder."""
    schemas = json_schemas()
    *_, tree = (capslice.errors.__doc__ or "").partition("\n\n")
    return {
        "commands.md": _template("commands").render(
            line=describe(click.Context(cli, info_name="capslice")),
            commands=[describe(context) for context in contexts()],
            statuses=(command_line.__doc__ or "").split("\n\n")[1],
            errors=tree,
        ),
        "configuration.md": _template("configuration").render(
            sections=list(sections(ROOT / CONFIG_FILE))
        ),
        "python.md": _template("python").render(entries=list(entries())),
        "json.md": _template("json").render(
            commands={name: tables(schema) for name, schema in schemas.items()},
            lines=LINES,
        ),
        **{
            f"schemas/{name}.schema.json": json.dumps(schema, indent=2) + "\n"
            for name, schema in schemas.items()
        },
    }


def stale(folder: Path = FOLDER) -> list[Path]:
    """The pages in a folder that are missing or differ from the code."""
    return [
        folder / name
        for name, text in pages().items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]


def write(folder: Path = FOLDER) -> list[Path]:
    """Write all pages into a folder."""
    written = []
    for name, text in pages().items():
        page = folder / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, "utf-8")
        written.append(page)
    return written


def markdown(text: str) -> str:
    """Plain text as Markdown."""
    return PARTS.sub(
        lambda found: (
            found["code"] or (f"`{found['named']}`" if found["named"] else f"\\{found['special']}")
        ),
        text,
    )


def docstring(text: str) -> str:
    """A docstring as Markdown: `name: meaning` lines become a list, indented lines stay code."""
    return "\n\n".join(map(_paragraph, text.split("\n\n")))


def _paragraph(text: str) -> str:
    if text.startswith("    "):
        return text
    if not FIELD.match(text):
        return markdown(text)
    lines: list[str] = []
    for line in text.splitlines():
        if FIELD.match(line):
            name, _, meaning = line.partition(":")
            lines.append(f"- `{name}`: {markdown(meaning.strip())}")
        else:
            lines.append(f"  {markdown(line.strip())}")
    return "\n".join(lines)


def cell(text: str) -> str:
    """Plain text as a cell of a table."""
    return markdown(text).replace("|", "\\|")


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _template(name: str) -> Template:
    return page_template(
        "reference",
        f"{name}.md.jinja",
        markdown=markdown,
        docstring=docstring,
        cell=cell,
        anchor=anchor,
    )
