"""Commands that the documentation shows are there, with the options that it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from capslice.cli import cli
from reference.commands import contexts
from tests.documents import PAGES, WORKFLOWS, code, name_of, scripts

COMMANDS = {f"capslice {context.info_name}": context for context in contexts(cli, "capslice")}
# What the changelog tells of may be gone.
FILES = [page for page in PAGES if page.name != "CHANGELOG.md"] + WORKFLOWS
OURS = re.compile(r"(.*/)?(?P<line>capslice)")
SEPARATOR = re.compile(r"[();<>|&]+")
OF_ALL = ("--help", "--version")
PLACEHOLDER = "COMMAND"  # as in `capslice COMMAND --help`


def commands_in(script: str) -> Iterator[list[str]]:
    """The words of each command line of ours, from the command's name on."""
    for line in script.replace("\\\n", " ").splitlines():
        if not OURS.search(line):
            continue
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split, words.commenters = True, "#"
        found: list[str] = []
        for word in [*words, ";"]:
            if ours := OURS.fullmatch(word):
                found = [ours["line"]]
            elif found and not SEPARATOR.fullmatch(word):
                found.append(word)
            elif found:
                yield found
                found = []


def what_is_wrong(words: list[str]) -> str | None:
    """Why click would not take a command line; what stands in brackets may be left out."""
    line, *words = (word for word in words if not word.startswith("["))
    if not words or words[0] in (*OF_ALL, PLACEHOLDER):
        return None
    name = f"{line} {words[0]}"
    if name not in COMMANDS:
        return f"there is no {name}"
    context = COMMANDS[name]
    try:
        given, left, _ = context.command.make_parser(context).parse_args(words[1:])
        for parameter in context.command.params:
            value = given.get(str(parameter.name))
            if isinstance(value, str) and isinstance(parameter.type, click.Choice | click.IntRange):
                parameter.type.convert(value, parameter, context)
    except click.UsageError as error:
        return f"{name}: {error.format_message()}"
    return f"{name} takes no {left[0]}" if left else None


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_commands_that_are_shown_are_there(file: Path) -> None:
    shown = (
        words
        for script in (scripts(file) if file in WORKFLOWS else code(file))
        for words in commands_in(script)
    )
    assert [wrong for words in shown if (wrong := what_is_wrong(words))] == []


@pytest.mark.parametrize(
    ("script", "wrong"),
    [
        ("capslice solve http://a.b/ --json  # it is\ncapslice doctor | tee x", []),
        ("capslice read [OPTIONS] FILES...; capslice COMMAND --help", []),
        ("capslice serve \\\n  --picture canvas && A=1 .venv/bin/capslice x", ["x"]),
        ("capslice solve --jsno", ["--jsno"]),
        ("capslice solve --model", ["--model"]),
        ("capslice solve one two", ["two"]),
        ("capslice serve --picture oil &", ["oil"]),
        ("capslice serve --port 99999", ["99999"]),
        ("capslice evaluate; capslice evaluates; capslice evaluated", ["s", "d"]),
    ],
)
def test_which_commands_are_wrong(script: str, wrong: list[str]) -> None:
    found = [said for words in commands_in(script) if (said := what_is_wrong(words))]
    assert len(found) == len(wrong)
    for said, part in zip(found, wrong, strict=True):
        assert part in said
