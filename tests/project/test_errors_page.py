"""docs/errors.md shows commands that fail: they do, with the status and the words it gives."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.commands import error_of, run, run_here
from tests.conftest import ROOT

ROW = re.compile(r"^\| `(?P<command>[^`]+)`(?P<where>.*?) \| (?P<status>\d) \| (?P<said>.+) \|$")
# These need more than a command: the tests of `serve` and `doctor` cover them.
NEEDS_A_SERVER = ("(while the mock page is served)", "(a second time)")
# Run in this process, because TensorFlow takes seconds to load.
HEAVY = ("fit", "export")


def examples() -> list[tuple[str, int, str]]:
    rows = map(ROW.match, (ROOT / "docs" / "errors.md").read_text("utf-8").splitlines())
    return [
        (row["command"], int(row["status"]), row["said"])
        for row in rows
        if row and row["where"].strip() not in NEEDS_A_SERVER
    ]


def test_the_examples_are_found() -> None:
    assert len(examples()) == 24


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that the examples name, where a command can do no harm."""
    for name in ("README.md", "docs", "config.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize(("command", "status", "said"), examples())
def test_commands_fail_as_the_page_says(command: str, status: int, said: str, folder: Path) -> None:
    variables, _, rest = command.partition("capslice ")
    environment = dict(variable.split("=", 1) for variable in shlex.split(variables))
    arguments = shlex.split(rest)
    if arguments[0] in HEAVY:
        done = run_here(*arguments, status=status, cwd=folder)
    else:
        done = run(*arguments, status=status, cwd=folder, **environment)
    for part in said.split("…"):
        assert part.strip() in error_of(done)
