"""Labelled pictures of the module itself, drawn by examples/securityimage/draw.pl."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path

from benchmarks.robustness.faces import font_file
from capslice.errors import TrainingError
from capslice.training.pictures.fonts import Face

DRAW = Path(__file__).parents[2] / "examples" / "securityimage" / "draw.pl"
SIZES = range(18, 24)  # points
GROUND = "#dddddd"
PARTICLES = (150, 250, 350, 450, 550)


@dataclass(frozen=True)
class Group:
    """Pictures of one kind: by which digits, in which style, and where these stand."""

    name: str
    digits: str = "0123456789"
    style: str = "ellipse"
    columns: bool = False

    def digits_known(self, charset: str) -> bool:
        """Whether a model of this charset can read all of its digits."""
        return set(self.digits) <= set(charset)

    def options(self) -> list[str]:
        """As draw.pl takes them."""
        given = ["--digits", self.digits, "--style", self.style]
        if self.style == "box":
            given += ["--line", GROUND, "--lines", "10"]  # in which black digits are seen
        return [*given, "--columns"] if self.columns else given


@dataclass(frozen=True)
class Drawing:
    """The content of a PNG file, and what it shows in which face."""

    png: bytes
    text: str
    face: Face
    group: Group


def drawn(group: Group, face: Face, count: int, seed: int) -> Iterator[Drawing]:
    """`count` pictures of a group in a face, in all sizes and with more particles or fewer.

    Another seed, another hundred of seeds of Perl's.

    Raises TrainingError where Perl or the module is not there.
    """
    settings = [*islice(cycle(product(SIZES, PARTICLES)), min(count, len(SIZES) * len(PARTICLES)))]
    with tempfile.TemporaryDirectory() as folder:
        font = Path(folder, "face.ttf")
        font.write_bytes(font_file(face))
        for number, (size, particles) in enumerate(settings):
            # Of the rest of a division, one each.
            share = count // len(settings) + (number < count % len(settings))
            out = Path(folder, str(number))
            given = {
                **{"font": font, "size": size, "particles": particles},
                **{"count": share, "seed": seed * 100 + number, "out": out},
            }
            _perl(*group.options(), *(f"--{name}={value}" for name, value in given.items()))
            for path in sorted(out.iterdir()):
                yield Drawing(path.read_bytes(), path.name.partition("-")[0], face, group)


def _perl(*options: str) -> None:
    perl = shutil.which("perl")
    if not perl:
        raise TrainingError("Perl draws the original's pictures, and is not there: install it")
    done = subprocess.run([perl, DRAW, *options], capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise TrainingError(
            f"{DRAW.name} did not draw ({why}): examples/securityimage/README.md says what it needs"
        )
