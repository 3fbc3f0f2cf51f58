"""`import capslice`: the documented names, and nothing heavy before it is needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import capslice
from tests.conftest import ROOT


def test_every_documented_name_is_there() -> None:
    names: dict[str, object] = {}
    exec("from capslice import *", names)
    assert set(capslice.__all__) <= set(names)
    assert dir(capslice) == sorted(capslice.__all__)
    assert issubclass(capslice.errors.ModelError, capslice.CapsliceError)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        capslice.nothing  # noqa: B018


def test_the_import_loads_nothing_heavy() -> None:
    program = "import sys, capslice; capslice.CapsliceError; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "capslice.errors" in loaded
    assert not loaded & {"onnxruntime", "numpy", "pydantic", "playwright", "click", "pathlib"}


def test_links_that_git_wrote_as_text_files(tmp_path: Path) -> None:
    package = tmp_path / "capslice"
    package.mkdir()
    shutil.copy(ROOT / "src" / "capslice" / "__init__.py", package)
    (package / "agent").write_text("../../agent")
    done = subprocess.run(
        [sys.executable, "-c", "import capslice"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "ImportError: this checkout of capslice has text files" in done.stderr
    assert "Developer Mode" in done.stderr
    assert "`git clone -c core.symlinks=true`" in done.stderr
