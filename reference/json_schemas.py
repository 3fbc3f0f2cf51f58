"""The JSON schema of what each command prints with `--json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import ConfigDict, TypeAdapter
from typing_extensions import is_typeddict

from capslice import json_output
from capslice.agent.audit.report.compare import Comparison
from capslice.agent.audit.report.report import Report
from capslice.models.card import Card

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Commands that print an object a line.
WORDS = {
    "boolean": "true or false",
    "integer": "whole number",
    "null": "null",
    "number": "number",
    "object": "object",
    "string": "text",
}
OPTIONAL = ", may be left out"
LINES = ("doctor", "journal", "read")


def json_schemas() -> dict[str, dict[str, Any]]:
    """A schema for each command that takes `--json`, by the command's name."""
    report = Report.model_json_schema()
    typed = {
        "collect": json_output.CollectionJson,
        "demo": json_output.SolutionJson,
        "doctor": json_output.CheckJson,
        "evaluate": json_output.EvaluationJson,
        "fit": json_output.FitJson,
        "init": json_output.InitJson,
        "journal": json_output.JournalJson,
        "learn": json_output.LearnJson,
        "read": json_output.ReadingJson,
        "solve": json_output.SolutionJson,
    }
    schemas = {
        "audit": report,
        "compare": Comparison.model_json_schema(),
        "export": msgspec.json.schema(Card),
        "report": report,
        **{command: _schema(kind) for command, kind in typed.items()},
    }
    return {name: {"$schema": DIALECT, **schemas[name]} for name in sorted(schemas)}


def _schema(kind: Any) -> dict[str, Any]:
    """The schema of a TypedDict, with its docstrings as descriptions and no further keys."""
    return TypeAdapter(kind).json_schema()


for kind in filter(is_typeddict, vars(json_output).values()):
    kind.__pydantic_config__ = ConfigDict(use_attribute_docstrings=True, extra="forbid")


@dataclass(frozen=True)
class Key:
    """A row of a table: a key of an object that is printed."""

    name: str
    values: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """The keys of one object: the whole that is printed, or a part of it."""

    name: str
    text: str
    keys: tuple[Key, ...]


def tables(schema: dict[str, Any]) -> list[Table]:
    """The objects of a schema, the whole first; none where its keys have no descriptions."""
    objects = dict(schema.get("$defs", {}))
    if "$ref" in schema:
        name = _name(schema)
        objects = {name: objects.pop(name), **objects}
    else:
        objects = {schema["title"]: schema, **objects}
    described = [each for each in objects.values() if _is_described(each)]
    if len(described) < len(objects):
        return []
    return [Table(name, each["description"], _keys(each)) for name, each in objects.items()]


def _is_described(schema: dict[str, Any]) -> bool:
    properties = schema.get("properties", {"": {}})
    return "description" in schema and all("description" in each for each in properties.values())


def _keys(schema: dict[str, Any]) -> tuple[Key, ...]:
    required = schema.get("required", ())
    return tuple(
        Key(
            name,
            _values(each) + ("" if name in required else ", may be left out"),
            each["description"],
        )
        for name, each in schema["properties"].items()
    )


def _values(schema: dict[str, Any]) -> str:
    """The values that a schema allows, in words."""
    if "$ref" in schema:
        return f"`{_name(schema)}`"
    if "anyOf" in schema:
        return " or ".join(map(_values, schema["anyOf"]))
    if "prefixItems" in schema:
        return f"list of {len(schema['prefixItems'])} numbers"
    if schema["type"] == "array":
        return f"list of {_values(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_values(schema['additionalProperties'])}"
    return WORDS[schema["type"]]


def _name(schema: dict[str, Any]) -> str:
    return str(schema["$ref"].rpartition("/")[2])
