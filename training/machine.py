"""Describes what a measurement was made with: processor, versions and commit."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path


def machine(packages: Iterable[str]) -> str:
    """Describe this machine in one line: Python, these packages, processor, cores, system."""
    versions = (f"{package} {version(package)}" for package in packages)
    return (
        f"Python {platform.python_version()}, {', '.join(versions)}; "
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    )


def processor() -> str:
    """Return the processor's name."""
    information = Path("/proc/cpuinfo")  # the only place where Linux gives the name
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def has_bfloat16() -> bool:
    """Return whether the processor computes in bfloat16, as far as Linux tells."""
    information = Path("/proc/cpuinfo")
    flags = information.read_text() if information.exists() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags


def commit() -> str:
    """Return the commit of this code, with `-dirty` after changes; outside git, the version."""
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
