"""docs/reference says what the code says, wherever it is written."""

from __future__ import annotations

from pathlib import Path

import click
import jsonschema
import pytest
from pydantic import BaseModel

from capslice import Settings
from reference.commands import contexts, describe
from reference.configuration import TRAINING, Key, sections
from reference.json_schemas import json_schemas
from reference.pages import FOLDER, cell, docstring, pages, stale, write
from reference.values import in_words, schema_of
from tests.commands import error_of, run
from tests.conftest import ROOT


def test_the_pages_are_what_the_code_says() -> None:
    assert stale() == [], "run `make reference`"


def test_where_they_are_written_makes_no_difference(tmp_path: Path) -> None:
    elsewhere = {"HOME": str(tmp_path), "COLUMNS": "20", "LC_ALL": "C", "CAPSLICE_MODEL__PATH": "x"}
    run(tmp_path, **elsewhere, module="reference")
    for name in pages():
        assert (tmp_path / name).read_text() == (FOLDER / name).read_text()


def test_a_page_that_is_stale_or_missing_is_named(tmp_path: Path) -> None:
    commands, configuration, *_ = write(tmp_path)
    run("--check", tmp_path, module="reference")
    commands.write_text(commands.read_text() + "\n")
    configuration.unlink()
    error = error_of(run("--check", tmp_path, status=1, module="reference"))
    assert str(commands) in error
    assert str(configuration) in error
    assert "run `make reference`" in error


def keys_of(section: type[BaseModel], path: str = "") -> set[str]:
    found = set()
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= keys_of(kind, f"{path}{name}.")
        else:
            found.add(path + name)
    return found


def test_every_key_is_explained() -> None:
    written = {
        f"{section.name}.{each.name}": each
        for section in sections(ROOT / "config.toml")
        for each in section.blocks
        if isinstance(each, Key)
    }
    training = {
        f"{TRAINING}.{context.info_name}.{parameter.name}"
        for context in contexts()
        if context.auto_envvar_prefix
        for parameter in context.command.params
        if parameter.name not in ("config", "as_json")
    }
    assert set(written) == (keys_of(Settings) - {TRAINING}) | training
    for name, key in written.items():
        assert key.meaning, name
        assert key.default, name
        assert key.variable.startswith("CAPSLICE_") or not key.variable, name


def test_every_command_has_an_example_and_every_option_a_meaning() -> None:
    for context in contexts():
        command = describe(context)
        assert command.short, command.name
        assert any(each.startswith(command.name) for each in command.examples), command.name
        for option in command.options:
            assert option.meaning, f"{command.name} {option.name}"


def test_a_comment_is_a_key_or_words(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("""\
# The head.

[model]
# Of the section,
# in two lines.
# path = "mine.onnx"  # beside it
# Above it.
threads = 1

# At the end.
""")
    head, model = sections(config)
    assert head.blocks == ("The head.",)
    words, path, threads, end = model.blocks
    assert isinstance(path, Key)
    assert isinstance(threads, Key)
    assert (words, end) == ("Of the section,\nin two lines.", "At the end.")
    assert (path.meaning, path.default) == ("beside it", "left out")
    assert path.values == 'path, such as `"mine.onnx"`'
    assert (threads.meaning, threads.default) == ("Above it.", "`1`")
    assert threads.variable == "CAPSLICE_MODEL__THREADS"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "number, from 0 to below 1"),
        ({"type": "number", "ge": 0, "gt": 0, "le": 86_400}, "number, above 0 to 86,400"),
        ({"type": "integer", "exclusiveMinimum": 0}, "whole number, from 1"),
        ({"anyOf": [{"type": "string", "format": "path"}, {"type": "null"}]}, "path"),
        (
            {"type": "array", "items": {"type": "string", "minLength": 1}},
            "list, each text, not empty",
        ),
        ({"type": "string", "enum": ["a", "b"]}, '`"a"`, `"b"`'),
    ],
)
def test_values_in_words(schema: dict[str, object], words: str) -> None:
    assert in_words(schema) == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (click.IntRange(1, 9), "whole number, from 1 to 9"),
        (click.FloatRange(0, 1, max_open=True), "number, from 0 to below 1"),
        (click.Choice(["a", "b"]), "`a`, `b`"),
        (click.Path(), "path"),
    ],
)
def test_options_have_the_same_words(kind: click.ParamType, words: str) -> None:
    assert in_words(schema_of(click.Option(["--x"], type=kind)), str) == words


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<digits>-1.png", "\\<digits>-1.png"),
        ('"a|b" or `c_d` e_f', '`"a\\|b"` or `c_d` e\\_f'),
        ("left out by --data, where X=--y", "left out by `--data`, where X=--y"),
    ],
)
def test_what_markdown_would_take_for_its_own(text: str, written: str) -> None:
    assert cell(text) == written


def test_a_docstring_is_a_page() -> None:
    text = "What it is.\n\nname:    of a\n         thing\nurl:     where\n\n    code(1)"
    assert docstring(text) == (
        "What it is.\n\n- `name`: of a\n  thing\n- `url`: where\n\n    code(1)"
    )


def test_every_command_that_prints_json_has_a_schema() -> None:
    takes_json = {
        context.info_name
        for context in contexts()
        if any("--json" in option.opts for option in context.command.params)
    }
    assert takes_json == set(json_schemas())
    for schema in json_schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)
