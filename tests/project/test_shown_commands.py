"""The commands that the documentation shows exist, with the options that it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reference.commands import contexts
from tests.documents import PAGES, WORKFLOWS, code, name_of, scripts

COMMANDS = {f"capslice {context.info_name}": context for context in contexts()}
# The changelog may name commands that no longer exist.
FILES = [page for page in PAGES if page.name != "CHANGELOG.md"] + WORKFLOWS
NAME = re.compile(r"(.*/)?capslice")
SEPARATOR = re.compile(r"[();<>|&]+")
# Or a variable, as in `CAPSLICE_BROWSER__TIMEOUT=5 capslice solve`, or `python -m`.
BEFORE_A_COMMAND = re.compile(r"[();<>|&]+|\w+=.*|-m")
GLOBAL_OPTIONS = ("--help", "--version")
PLACEHOLDER = "COMMAND"  # in `capslice COMMAND --help`


def commands_in(script: str) -> Iterator[list[str]]:
    """The words of each call of capslice in a shell script, without the name itself."""
    for line in script.replace("\\\n", " ").splitlines():
        if "capslice" not in line:
            continue
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split, words.commenters = True, "#"
        arguments: list[str] | None = None
        previous = ";"
        for word in [*words, ";"]:
            if NAME.fullmatch(word) and BEFORE_A_COMMAND.fullmatch(previous):
                arguments = []
            elif SEPARATOR.fullmatch(word):
                if arguments is not None:
                    yield arguments
                arguments = None
            elif arguments is not None:
                arguments.append(word)
            previous = word


def problem(arguments: list[str]) -> str | None:
    """Why click rejects a command line, if it does. Words in [brackets] are optional."""
    words = [word for word in arguments if not word.startswith("[")]
    if not words or words[0] in (*GLOBAL_OPTIONS, PLACEHOLDER):
        return None
    name = f"capslice {words[0]}"
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
def test_shown_commands_exist(file: Path) -> None:
    shown = (
        arguments
        for script in (scripts(file) if file in WORKFLOWS else code(file))
        for arguments in commands_in(script)
    )
    assert [found for arguments in shown if (found := problem(arguments))] == []


@pytest.mark.parametrize(
    ("script", "rejected"),
    [
        ("capslice solve http://a.b/ --json  # it is\ncapslice doctor | tee x", []),
        ("capslice read [OPTIONS] FILES...; capslice COMMAND --help", []),
        ("capslice serve \\\n  --picture canvas && A=1 .venv/bin/capslice x", ["x"]),
        ("capslice solve --jsno", ["--jsno"]),
        ("pip install capslice pytest; python -m capslice x", ["x"]),
        ("capslice solve --model", ["--model"]),
        ("capslice solve one two", ["two"]),
        ("capslice serve --picture oil &", ["oil"]),
        ("capslice serve --port 99999", ["99999"]),
        ("capslice evaluate; capslice evaluates; capslice evaluated", ["s", "d"]),
    ],
)
def test_which_commands_are_rejected(script: str, rejected: list[str]) -> None:
    found = [why for arguments in commands_in(script) if (why := problem(arguments))]
    assert len(found) == len(rejected)
    for why, part in zip(found, rejected, strict=True):
        assert part in why
