"""`capslice new`: what it writes is good as it stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import error_of, run


def test_what_it_writes_passes_its_own_test_and_draws(tmp_path: Path) -> None:
    done = run("new", "my_captcha", cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "my_captcha.py written", "test_my_captcha.py written", "config.toml written",
    ]  # fmt: skip
    assert "class MyCaptcha:" in (tmp_path / "my_captcha.py").read_text()
    passed = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "3 passed" in passed.stdout, passed.stdout
    # By its config.toml, no command need be told which captcha it is.
    run("samples", "--count", 6, cwd=tmp_path)
    assert (tmp_path / "samples.png").exists()
    run("doctor", status=2, cwd=tmp_path)  # there is no model yet


def test_it_is_written_as_ours_is(tmp_path: Path) -> None:
    run("new", "my_captcha", cwd=tmp_path)
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict"]):
        done = subprocess.run(
            [sys.executable, "-m", *command, tmp_path / "my_captcha.py"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("# mine")
    done = run("new", "other", "--out", tmp_path)
    assert 'is as it was: set captcha = "other:Other"' in done.stdout
    assert (tmp_path / "config.toml").read_text() == "# mine"
    (tmp_path / "other.py").write_text("# mine too")
    (tmp_path / "test_other.py").unlink()
    done = run("new", "other", "--out", tmp_path, status=2)
    assert "other.py is there already" in error_of(done)
    assert (tmp_path / "other.py").read_text() == "# mine too"
    assert not (tmp_path / "test_other.py").exists()


@pytest.mark.parametrize("name", ["my-captcha", "class", "1st", "a.b"])
def test_no_name_for_a_module(name: str, tmp_path: Path) -> None:
    done = run("new", name, cwd=tmp_path, status=2)
    assert "is no name for a module" in error_of(done)
    assert not list(tmp_path.iterdir())
