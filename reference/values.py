"""The values that an option or a key may have, in words.

What click knows about an option becomes a JSON schema. Pydantic has one for each key already, so
both are described in the same words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

Schema = dict[str, Any]

NAMES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "object": "table",
}


def in_words(schema: Schema, write: Callable[[Any], str] = json.dumps) -> str:
    """The values that a schema allows, such as `whole number, from 1 to 256`.

    `write` formats a single value, by default as TOML does.
    """
    if "anyOf" in schema:  # a value or null, which TOML does not have
        (schema,) = (each for each in schema["anyOf"] if each["type"] != "null")
    if "enum" in schema:
        return ", ".join(f"`{write(value)}`" for value in schema["enum"])
    if "$ref" in schema:
        return "table"
    kind = schema["type"]
    if kind == "boolean":
        return "`true`, `false`"
    if kind == "array":
        if "prefixItems" in schema:
            (each,) = {in_words(item, write) for item in schema["prefixItems"]}
            return f"list of {len(schema['prefixItems'])}, each {each}"
        return f"list, each {in_words(schema['items'], write)}"
    name = "path" if schema.get("format") == "path" else NAMES[kind]
    length = "not empty" if schema.get("minLength") else ""
    pattern = f"`{schema['pattern']}`" if "pattern" in schema else ""
    return ", ".join(filter(None, (name, length, _bounds(schema), pattern)))


def schema_of(parameter: click.Parameter) -> Schema:
    """The schema of an option or argument of click."""
    kind = parameter.type
    schema: Schema
    if isinstance(kind, click.Choice):
        schema = {"type": "string", "enum": list(kind.choices)}
    elif isinstance(kind, click.types.BoolParamType):
        schema = {"type": "boolean"}
    elif isinstance(kind, click.Path):
        schema = {"type": "string", "format": "path"}
    elif isinstance(kind, click.types.IntParamType):
        schema = {"type": "integer"}
    elif isinstance(kind, click.types.FloatParamType):
        schema = {"type": "number"}
    else:
        schema = {"type": "string"}
    if isinstance(kind, click.IntRange | click.FloatRange):
        schema["gt" if kind.min_open else "ge"] = kind.min
        schema["lt" if kind.max_open else "le"] = kind.max
    several = parameter.multiple or parameter.nargs != 1
    return {"type": "array", "items": schema} if several else schema


def _bounds(schema: Schema) -> str:
    # A field with a validator of ours has Python's names for its bounds, not JSON schema's.
    least = schema.get("minimum", schema.get("ge"))
    above = schema.get("exclusiveMinimum", schema.get("gt"))
    most = schema.get("maximum", schema.get("le"))
    below = schema.get("exclusiveMaximum", schema.get("lt"))
    if above is not None and schema["type"] == "integer":
        least, above = above + 1, None
    low = f"above {above:,}" if above is not None else "" if least is None else f"from {least:,}"
    high = f"below {below:,}" if below is not None else "" if most is None else f"{most:,}"
    return " to ".join(filter(None, (low, high)))
