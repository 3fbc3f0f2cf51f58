"""config.toml, as data for a page: its sections, keys and comments, with types from the code.

A comment beside or above a key explains the key. A comment above a key that has one beside it
explains the section, or the keys that follow. An optional key without a default appears as a
comment with an example.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from tomlkit import parse
from tomlkit.exceptions import ParseError
from tomlkit.items import Comment, Item, Table, Whitespace
from tomlkit.toml_document import TOMLDocument

from capslice.agent.settings import ENVIRONMENT_PREFIX, Settings
from reference.commands import contexts, explained
from reference.values import Schema, in_words, schema_of

TRAINING = "training"


@dataclass(frozen=True)
class Key:
    """A row of a section's table. `variable` is its environment variable, if it has one."""

    name: str
    values: str
    default: str
    meaning: str
    variable: str


@dataclass(frozen=True)
class Section:
    """A section of the file: paragraphs and keys, in order."""

    name: str
    blocks: tuple[str | Key, ...]


def sections(file: Path) -> Iterator[Section]:
    """The sections of a configuration file. The first one is its head.

    Raises KeyError if the file has a key that the code does not know.
    """
    known = {**_of_agent(), **_of_training()}
    yield from _walk("", parse(file.read_text("utf-8")), known)


@dataclass(frozen=True)
class Known:
    """What the code knows about a key; `meaning` and `default` only if the file lacks them."""

    schema: Schema
    variable: str
    meaning: str = ""
    default: str = ""


def _of_agent() -> dict[str, Known]:
    """The fields of the settings, by dotted name."""
    whole = Settings.model_json_schema()

    def fields(properties: dict[str, Schema], path: tuple[str, ...]) -> Iterator[tuple[str, Known]]:
        for name, schema in properties.items():
            here = (*path, name)
            if reference := schema.get("$ref"):
                model = whole["$defs"][reference.rpartition("/")[2]]
                yield from fields(model["properties"], here)
            elif name != TRAINING:
                yield ".".join(here), Known(schema, ENVIRONMENT_PREFIX + "__".join(here).upper())

    return dict(fields(whole["properties"], ()))


def _of_training() -> dict[str, Known]:
    """The parameters of the training commands, by the keys that set their defaults."""
    known = {}
    for context in contexts():
        # The others take their defaults from the settings.
        for each in context.command.params if context.auto_envvar_prefix else ():
            name = f"{TRAINING}.{context.info_name}.{each.name}"
            if isinstance(each, click.Option):
                variable = f"{context.auto_envvar_prefix}_{each.name}".upper()
                known[name] = Known(schema_of(each), variable, *explained(each))
            else:
                known[name] = Known(schema_of(each), "")
    return known


def _walk(path: str, table: TOMLDocument | Table, known: dict[str, Known]) -> Iterator[Section]:
    blocks: list[str | Key] = []
    inner: list[tuple[str, Table]] = []
    above: list[str] = []

    def add(name: str, item: Item, *, left_out: bool) -> None:
        beside = _words(item.trivia.comment)
        if beside or not above:
            paragraph()
        meaning = beside or " ".join(above)
        above.clear()
        blocks.append(_key(name, item, meaning, known[f"{path}.{name}"], left_out))

    def paragraph() -> None:
        if above:
            blocks.append("\n".join(above))
            above.clear()

    body = table.body if isinstance(table, TOMLDocument) else table.value.body
    for key, item in body:
        if isinstance(item, Table) and key:
            inner.append((f"{path}.{key.key}".lstrip("."), item))
        elif isinstance(item, Comment):
            text = _words(item.trivia.comment)
            if left_out := _left_out(text):
                add(*left_out, left_out=True)
            else:
                above.append(text)
        elif isinstance(item, Whitespace):
            paragraph()
        elif key:
            add(key.key, item, left_out=False)
    paragraph()
    if blocks:
        yield Section(path, tuple(blocks))
    for name, section in inner:
        yield from _walk(name, section, known)


def _key(name: str, item: Item, meaning: str, known: Known, left_out: bool) -> Key:
    values, written = in_words(known.schema), f"`{item.as_string()}`"
    needs_example = left_out and "enum" not in known.schema
    return Key(
        name=name,
        values=f"{values}, such as {written}" if needs_example else values,
        default=(known.default or "left out") if left_out else written,
        meaning=known.meaning or meaning,
        variable=known.variable,
    )


def _left_out(comment: str) -> tuple[str, Item] | None:
    """The key in a comment, or None if the comment is prose."""
    try:
        ((key, item),) = parse(comment).body
    except (ParseError, ValueError):
        return None
    return (key.key, item) if key else None


def _words(comment: str) -> str:
    return comment.removeprefix("#").strip()
