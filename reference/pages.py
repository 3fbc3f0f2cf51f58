"""The pages themselves: what they are written from, and whether those that are there still hold."""

from __future__ import annotations

import re
from pathlib import Path

import click
from jinja2 import Template

import capslice.errors
from capslice import command_line
from capslice.agent.audit.report.report import schema
from capslice.cli import cli
from capslice.files import CONFIG_FILE
from capslice.training.pages import page_template
from reference.commands import contexts, describe
from reference.configuration import sections

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"

# What is code already, what should be, and what Markdown would take for its own.
NAMED = r'"[^"]*"|(?<!\S)--[a-z][a-z-]+|CAPSLICE_[\w=]+'
PARTS = re.compile(rf"(?P<code>`[^`]*`)|(?P<named>{NAMED})|(?P<special>[<*_])")


def pages() -> dict[str, str]:
    """The text of each page, by its file's name."""
    *_, tree = (capslice.errors.__doc__ or "").partition("\n\n")
    return {
        "commands.md": _template("commands").render(
            line=describe(click.Context(cli, info_name="capslice")),
            commands=[describe(context) for context in contexts(cli, "capslice")],
            statuses=(command_line.__doc__ or "").split("\n\n")[1],
            errors=tree,
        ),
        "configuration.md": _template("configuration").render(
            sections=list(sections(ROOT / CONFIG_FILE))
        ),
        "report.schema.json": schema(),
    }


def stale(folder: Path = FOLDER) -> list[Path]:
    """The pages in a folder that say something else than the code, or are missing."""
    return [
        folder / name
        for name, text in pages().items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]


def write(folder: Path = FOLDER) -> list[Path]:
    """Write all pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        written.append(folder / name)
        written[-1].write_text(text, "utf-8")
    return written


def markdown(text: str) -> str:
    """Plain text as Markdown."""
    return PARTS.sub(
        lambda found: (
            found["code"] or (f"`{found['named']}`" if found["named"] else f"\\{found['special']}")
        ),
        text,
    )


def cell(text: str) -> str:
    """Plain text as a cell of a table."""
    return markdown(text).replace("|", "\\|")


def anchor(heading: str) -> str:
    """What GitHub calls a heading in an address."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _template(name: str) -> Template:
    return page_template(
        "reference", f"{name}.md.jinja", markdown=markdown, cell=cell, anchor=anchor
    )
