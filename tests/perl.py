"""GD::SecurityImage itself, where Perl and the module are: what ours is compared with."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "securityimage"
SANS = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
SITE = ("Starman", "Plack::Middleware::Session")
PACKAGES = {
    "GD::SecurityImage": "libgd-securityimage-perl",
    "Starman": "starman",
    "Plack::Middleware::Session": "libplack-middleware-session-perl",
}


def _lacks(module: str) -> bool:
    perl = shutil.which("perl")
    return (
        not perl or subprocess.run([perl, f"-M{module}", "-e1"], capture_output=True).returncode > 0
    )


def needs_perl(*modules: str) -> pytest.MarkDecorator:
    """Skip where Perl has no GD::SecurityImage, or not all of `modules` beside it."""
    lacking = [module for module in ("GD::SecurityImage", *modules) if _lacks(module)]
    packages = " ".join(PACKAGES[module] for module in lacking)
    if not lacking and not SANS.exists():
        lacking, packages = ["font DejaVu Sans Bold"], "fonts-dejavu-core"
    reason = f"needs Perl's {', '.join(lacking)}: apt-get install {packages}"
    return pytest.mark.skipif(bool(lacking), reason=reason)


def draw(out: Path, *options: object) -> list[Path]:
    """The labelled files that draw.pl draws into `out`, in the order of their names."""
    command = ["perl", EXAMPLE / "draw.pl", "--out", out, *options]
    subprocess.run([*map(str, command)], check=True, capture_output=True, timeout=120)
    return sorted(out.iterdir())
