"""The wheel: what is in it, and what works where nothing else is installed."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--outdir", folder, ROOT]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that has the wheel, and pytest."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    (wheel,) = built.glob("*.whl")
    pip = [programs / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    constraints = ["--constraint", ROOT / "constraints.txt"]
    done = subprocess.run([*pip, *constraints, wheel, "pytest"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return programs


def run(programs: Path, *words: object, cwd: Path) -> str:
    """What a command of the fresh environment prints."""
    line = [programs / str(words[0]), *map(str, words[1:])]
    done = subprocess.run(line, capture_output=True, text=True, cwd=cwd, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_nothing_outside_capslice(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    metadata = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info/"
    assert [name for name in names if not name.startswith(("capslice/", metadata))] == []
    there = {
        f"capslice/{file.relative_to(ROOT)}"
        for part in ("agent", "models", "training")
        for file in (ROOT / part).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".md"
    }
    assert there - set(names) == set()


def test_the_sdist_holds_files_and_no_links(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert [member.name for member in archive if member.issym() or member.islnk()] == []


def test_a_project_with_modules_of_the_same_names_is_left_alone(
    environment: Path, tmp_path: Path
) -> None:
    for module in ("agent.py", "models.py", "training/__init__.py"):
        file = tmp_path / module
        file.parent.mkdir(exist_ok=True)
        file.write_text("OWN = True\n")
    (tmp_path / "test_own.py").write_text(
        "import agent, models, training\n\n"
        "def test_own():\n    assert agent.OWN and models.OWN and training.OWN\n\n"
        "def test_capslice(pytestconfig):\n"
        "    assert pytestconfig.pluginmanager.has_plugin('capslice')\n"
    )
    said = run(environment, "python", "-m", "pytest", cwd=tmp_path)
    assert "2 passed" in said


@pytest.fixture
def mock_url(environment: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a mock page that the fresh environment serves."""
    serve = [environment / "capslice", "serve", "--port", "0", "--seed", "1"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout
        try:
            yield next(word for word in process.stdout.readline().split() if "http" in word)
        finally:
            process.terminate()


def test_an_empty_folder_and_the_wheel_are_enough(
    environment: Path, mock_url: str, tmp_path: Path
) -> None:
    assert run(environment, "capslice", "demo", cwd=tmp_path).startswith("solved ")
    assert "FAIL" not in run(environment, "capslice", "doctor", mock_url, cwd=tmp_path)
    run(environment, "capslice", "generate", "--count", 20, "--out", "data", cwd=tmp_path)
    files = sorted((tmp_path / "data").iterdir())
    for line in run(environment, "capslice", "read", *files, cwd=tmp_path).splitlines():
        file, text, _ = line.split("\t")
        assert Path(file).name.startswith(f"{text}-")
    found = json.loads(run(environment, "capslice", "evaluate", "data", "--json", cwd=tmp_path))
    assert found["captchas_right"] == 20
    run(environment, "capslice", "audit", mock_url, "--count", 5, cwd=tmp_path)
    assert (tmp_path / "audit" / "report.html").stat().st_size > 10_000
