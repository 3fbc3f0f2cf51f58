"""The code in README.md runs as it stands, on a mock page at another port."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from capslice.training.mock_page import MockPage
from tests.conftest import ROOT
from tests.documents import code

BLOCKS = [*code(ROOT / "README.md", "python")]
(SCRIPT,) = (block for block in BLOCKS if "open_browser" in block)
(TEST,) = (block for block in BLOCKS if "capslice_agent" in block)


def run(folder: Path, block: str, url: str, *command: str) -> str:
    (folder / "test_block.py").write_text(block.replace("http://127.0.0.1:8000/", url))
    done = subprocess.run(
        [sys.executable, *command, "test_block.py"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_python_block_solves_a_page(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    out = run(tmp_path, SCRIPT, serve().url)
    assert re.match(r"solved [234568]{6} on attempt 1 in ", out)


def test_the_pytest_block_passes(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    # Finds the system's Chromium where Playwright has none of its own.
    shutil.copy(ROOT / "examples" / "pytest" / "conftest.py", tmp_path)
    assert "1 passed" in run(tmp_path, TEST, serve().url, "-m", "pytest")
