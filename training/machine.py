"""What a measurement was made with: the processor, the versions, and the code's commit."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path


def machine(packages: Iterable[str]) -> str:
    """One line: Python, the given packages, the processor, its cores, the system."""
    versions = (f"{package} {version(package)}" for package in packages)
    return (
        f"Python {platform.python_version()}, {', '.join(versions)}; "
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    )


def processor() -> str:
    """Its name; Linux tells it only in a file."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def commit() -> str:
    """That of this code, `-dirty` where it was changed since; outside of git, the version."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude=*"],  # noqa: S607
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return f"capslice {version('capslice')}"
    return described.stdout.strip()
