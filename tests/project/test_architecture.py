"""The rooms keep to themselves: who may import whom, and what the agent never loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import agent
from tests.conftest import ROOT

ROOMS = ("agent", "training", "models")
FORBIDDEN = {"agent": {"training"}, "training": {"agent"}, "models": {"agent", "training"}}


def imported_rooms(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_who_imports_whom(room: str) -> None:
    for file in (ROOT / room).rglob("*.py"):
        allowed = {"training"} if file.relative_to(ROOT) == Path("agent/demo.py") else set()
        assert not imported_rooms(file) & (FORBIDDEN[room] - allowed), file


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("agent", {"tensorflow", "keras", "onnxruntime", "playwright", "rich"}),
        ("capslice.cli", {"tensorflow", "keras", "onnxruntime", "playwright", "rich", "pydantic"}),
        ("capslice.agent.retrying", {"tensorflow", "keras", "scipy"}),
        ("capslice.agent.demo", {"tensorflow", "keras", "scipy", "matplotlib"}),
        ("capslice.cli", {"tensorflow", "keras", "matplotlib", "flask"}),
        ("capslice.training.mock_page", {"tensorflow", "keras"}),
    ],
)
def test_what_an_import_does_not_load(module: str, never: set[str]) -> None:
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not set(done.stdout.split()) & never


def test_public_names_are_there() -> None:
    for name in agent.__all__:
        assert getattr(agent, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = agent.nothing


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    import capslice.errors
    from capslice.errors import CapsliceError

    drawn = {
        line.strip("│├└─ ").split()[0]
        for line in (capslice.errors.__doc__ or "").splitlines()
        if "──" in line
    }
    exist = {
        name
        for module in (capslice.errors, capslice.errors)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, CapsliceError)
    }
    assert drawn | {"CapsliceError"} == exist
