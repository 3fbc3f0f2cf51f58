"""The two command lines as a user runs them: as processes, but for what needs TensorFlow."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.conftest import ROOT
from training.cli import main as training


def command(room: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", room, *map(str, arguments)]


def run(
    room: str, *arguments: object, status: int = 0, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(room, *arguments),
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=300,
        env={**os.environ, **environment},
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def run_here(
    *arguments: object, status: int = 0, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """`captcha-training`, in this process: TensorFlow takes seconds to load, and is loaded once."""
    line = ["captcha-training", *map(str, arguments)]
    with (
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
        chdir(cwd),
        patch.object(sys, "argv", line),
        pytest.raises(SystemExit) as end,
    ):
        training()
    done = subprocess.CompletedProcess(line, int(str(end.value)), out.getvalue(), err.getvalue())
    assert done.returncode == status, shlex.join(line) + done.stdout + done.stderr
    return done


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a command failed with."""
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    return line
