"""The folder of a round is whole or not there, whenever a process is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from capslice.errors import FitError
from capslice.training.learning.round_folder import round_folder

FILES = 5
# Writes five files and waits for a line before each, and before the end.
PROGRAM = f"""
import sys
from pathlib import Path
from capslice.training.learning.round_folder import round_folder
with round_folder(Path(sys.argv[1])) as folder:
    for number in range({FILES}):
        (folder / str(number)).write_text("x" * 10000)
        print(number, flush=True)
        sys.stdin.readline()
print("done", flush=True)
"""


def test_killed_rounds_leave_nothing_that_counts(tmp_path: Path) -> None:
    out = tmp_path / "rounds" / "1"
    command = [sys.executable, "-c", PROGRAM, str(out)]
    for written in range(1, FILES + 1):
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin
            assert process.stdout
            try:
                for number in range(written):
                    assert process.stdout.readline() == f"{number}\n"
                    if number < written - 1:
                        process.stdin.write("\n")
                        process.stdin.flush()
            finally:
                process.kill()
        assert process.returncode == -signal.SIGKILL
        assert not out.exists()
    done = subprocess.run(
        command, input="\n" * FILES, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.endswith("done\n")
    assert [path.name for path in out.parent.iterdir()] == ["1"]
    assert len([*out.iterdir()]) == FILES


def test_an_error_leaves_no_round(tmp_path: Path) -> None:
    out = tmp_path / "1"
    with pytest.raises(ValueError, match="broken"), round_folder(out) as folder:
        (folder / "file").write_text("x")
        raise ValueError("broken")
    assert not out.exists()
    with round_folder(out) as folder:
        assert not [*folder.iterdir()]
        (folder / "other").write_text("x")
    assert [path.name for path in out.iterdir()] == ["other"]


def test_a_round_is_never_replaced(tmp_path: Path) -> None:
    with round_folder(tmp_path / "1") as folder:
        (folder / "file").write_text("x")
    with pytest.raises(FitError, match="exists already"), round_folder(tmp_path / "1"):
        raise AssertionError
    (tmp_path / "file").write_text("x")
    with pytest.raises(FitError, match="cannot be written"), round_folder(tmp_path / "file" / "1"):
        raise AssertionError
