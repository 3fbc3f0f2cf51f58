"""Starting a command, compared with Python doing nothing.

Each turn is a whole process, from start to exit, with its files in the system's cache: the
first start after a boot takes longer. No browser starts. An editable install that uses an
import hook also slows down Python doing nothing, which hides part of the cost.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measure import Finding, compare
from capslice.training.pictures import EllipseCaptcha, generate

NOTHING = (sys.executable, "-c", "pass")
CAPSLICE = str(Path(sysconfig.get_path("scripts"), "capslice"))


def run(quick: bool) -> Iterator[Finding]:
    """Run in an empty folder, so that no config.toml applies."""
    with TemporaryDirectory() as folder:
        (picture,) = generate(EllipseCaptcha(), Path(folder), 1, np.random.default_rng())
        for key, name, command in (
            ("import", '`python -c "import capslice"`', (sys.executable, "-c", "import capslice")),
            ("help", "`capslice --help`", (CAPSLICE, "--help")),
            ("read", "`capslice read ONE.png`", (CAPSLICE, "read", picture.name)),
        ):
            yield compare(
                key,
                (name, partial(run_to_end, command, folder)),
                ('`python -c "pass"`', partial(run_to_end, NOTHING, folder)),
                5 if quick else 20,
            )


def run_to_end(command: tuple[str, ...], folder: str) -> None:
    """Run a command to its end. Raises CalledProcessError if it fails."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
