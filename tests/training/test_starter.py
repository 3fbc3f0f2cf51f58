"""`capslice new` writes files that work unchanged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import error_of, run


def test_the_files_pass_their_own_tests_and_draw(tmp_path: Path) -> None:
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
    # Its config.toml names the captcha, so no command needs --captcha.
    run("samples", "--count", 6, cwd=tmp_path)
    assert (tmp_path / "samples.png").exists()
    run("doctor", status=2, cwd=tmp_path)  # there is no model yet


def test_the_class_passes_ruff_and_mypy(tmp_path: Path) -> None:
    run("new", "my_captcha", cwd=tmp_path)
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict"]):
        done = subprocess.run(
            [sys.executable, "-m", *command, tmp_path / "my_captcha.py"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("# mine")
    done = run("new", "other", "--out", tmp_path)
    assert 'was not changed: set captcha = "other:Other"' in done.stdout
    assert (tmp_path / "config.toml").read_text() == "# mine"
    (tmp_path / "other.py").write_text("# mine too")
    (tmp_path / "test_other.py").unlink()
    done = run("new", "other", "--out", tmp_path, status=2)
    assert "other.py exists already" in error_of(done)
    assert (tmp_path / "other.py").read_text() == "# mine too"
    assert not (tmp_path / "test_other.py").exists()


@pytest.mark.parametrize("name", ["my-captcha", "class", "1st", "a.b"])
def test_an_invalid_module_name_is_refused(name: str, tmp_path: Path) -> None:
    done = run("new", name, cwd=tmp_path, status=2)
    assert "is no name for a module" in error_of(done)
    assert not list(tmp_path.iterdir())
