"""The two command lines as processes of their own, as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


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


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a command failed with."""
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    return line
