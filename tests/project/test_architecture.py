"""docs/architecture.md describes the code as it is. `make lint` checks the layers themselves."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import capslice
import capslice.errors
from capslice.errors import CapsliceError
from tests.conftest import ROOT
from tests.documents import code

PAGE = ROOT / "docs" / "architecture.md"
PRODUCT = ("agent", "models", "training", "src/capslice")
OURS = (*PRODUCT, "benchmarks", "docs", "examples", "reference", "tests")
WRITTEN_BY_HAND = (".css", ".html", ".jinja", ".js", ".md", ".pl", ".pm", ".py")
MOST_FILES = 12
MOST_LINES = 300
PATH = re.compile(r"[\w.-]+/[\w./-]*")
BRANCH = re.compile(r"(?P<indent>.*?)[├└]── (?P<name>\w+) *(?P<status>\d)?")


def files(folders: tuple[str, ...], suffixes: tuple[str, ...]) -> list[Path]:
    found = (file for folder in folders for file in (ROOT / folder).rglob("*.*"))
    return sorted(
        file for file in found if file.suffix in suffixes and "__pycache__" not in file.parts
    )


def test_every_named_path_exists() -> None:
    pages = (PAGE, ROOT / "CONTRIBUTING.md")
    paths = {span for page in pages for span in code(page) if PATH.fullmatch(span)}
    assert len(paths) > 40
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_the_page_names_every_package() -> None:
    packages = {
        f"{file.parent.relative_to(ROOT).as_posix()}/"
        for file in files(PRODUCT, (".py",))
        if file.name == "__init__.py"
    }
    assert len(packages) > 15
    assert packages - {*code(PAGE)} == set()


def test_the_page_shows_the_layers_that_are_checked() -> None:
    shown = [[line.split("  ")[0] for line in block.splitlines()] for block in code(PAGE)]
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = [each["layers"] for each in linter["contracts"] if each["type"] == "layers"]
    assert len(layers) == 3
    assert [each for each in layers if each not in shown] == []


def test_no_folder_has_too_many_modules() -> None:
    modules = (file for file in files(PRODUCT, (".py",)) if file.name != "__init__.py")
    counts = Counter(file.parent.relative_to(ROOT).as_posix() for file in modules)
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_no_file_is_too_long() -> None:
    written = (
        file
        for file in [*files(OURS, WRITTEN_BY_HAND), *ROOT.glob("*.md")]
        if not file.is_relative_to(ROOT / "docs" / "reference") and file.name != "CHANGELOG.md"
    )
    lengths = {
        file.relative_to(ROOT).as_posix(): len(file.read_text("utf-8").splitlines())
        for file in written
    }
    assert {file: length for file, length in lengths.items() if length > MOST_LINES} == {}


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("capslice", {"tensorflow", "keras", "onnxruntime", "playwright", "pydantic", "rich"}),
        ("capslice.cli", {"tensorflow", "keras", "onnxruntime", "playwright", "pydantic", "rich"}),
        ("capslice.cli", {"matplotlib", "flask"}),
        ("capslice.agent.retrying", {"tensorflow", "keras", "scipy"}),
        ("capslice.agent.demo", {"tensorflow", "keras", "scipy", "matplotlib"}),
        ("capslice.agent.pytest_plugin", {"tensorflow", "keras", "onnxruntime", "playwright"}),
        ("capslice.training.mock_page", {"tensorflow", "keras"}),
    ],
)
def test_what_an_import_does_not_load(module: str, never: set[str]) -> None:
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not set(done.stdout.split()) & never


def test_public_names_exist() -> None:
    assert set(capslice.__all__) <= set(dir(capslice))
    for name in capslice.__all__:
        assert getattr(getattr(capslice, name), "__name__", name) == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = capslice.nothing


def test_the_drawn_tree_of_errors_is_right() -> None:
    drawn = {}
    parents = {-4: "CapsliceError"}
    for branch in filter(None, map(BRANCH.match, (capslice.errors.__doc__ or "").splitlines())):
        depth = len(branch["indent"])
        parents[depth] = branch["name"]
        drawn[branch["name"]] = (parents[depth - 4], branch["status"])
    classes = {
        name: (value.__base__.__name__, str(value.exit_status))
        for name, value in vars(capslice.errors).items()
        if isinstance(value, type) and issubclass(value, CapsliceError) and value.__base__
    }
    assert classes.pop("CapsliceError")
    assert drawn == classes
