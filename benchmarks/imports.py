"""Starting a command, against Python doing nothing.

Whole processes, from start to exit, with their files in the system's cache: the
first start after a boot takes longer. No browser is started. An editable install
that works by an import hook slows Python doing nothing too, and so hides a part.
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

from benchmarks.measure import Finding, interleave
from capslice.training.pictures import EllipseCaptcha, generate

NOTHING = (sys.executable, "-c", "pass")
AGENT = str(Path(sysconfig.get_path("scripts"), "capslice"))


def run(quick: bool) -> Iterator[Finding]:
    """Run in an empty folder, so that no config.toml counts."""
    with TemporaryDirectory() as folder:
        (picture,) = generate(EllipseCaptcha(), Path(folder), 1, np.random.default_rng())
        for key, name, command in (
            ("agent", '`python -c "import agent"`', (sys.executable, "-c", "import agent")),
            ("help", "`capslice --help`", (AGENT, "--help")),
            ("read", "`capslice read ONE.png`", (AGENT, "read", picture.name)),
        ):
            yield interleave(
                key,
                (name, partial(start, command, folder)),
                ('`python -c "pass"`', partial(start, NOTHING, folder)),
                5 if quick else 20,
            )


def start(command: tuple[str, ...], folder: str) -> None:
    """Run to the end, and see that it went well."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
