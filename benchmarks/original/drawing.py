"""Draws labelled pictures with the module itself, through examples/securityimage/draw.pl."""

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
BACKGROUND = "#dddddd"
PARTICLES = (150, 250, 350, 450, 550)


@dataclass(frozen=True)
class Group:
    """Pictures with the same digits, style and spacing.

    digits:  the digits that can occur.
    columns: whether the digits stand at the article's columns; if not, the font spaces them.
    """

    name: str
    digits: str = "0123456789"
    style: str = "ellipse"
    columns: bool = False

    def is_readable(self, charset: str) -> bool:
        """Whether a model with this charset can read all digits of the group."""
        return set(self.digits) <= set(charset)

    def options(self) -> list[str]:
        """The options of draw.pl."""
        options = ["--digits", self.digits, "--style", self.style]
        if self.style == "box":
            options += ["--line", BACKGROUND, "--lines", "10"]  # so that black digits are visible
        return [*options, "--columns"] if self.columns else options


@dataclass(frozen=True)
class Drawing:
    """The content of a PNG file, with its text, face and group."""

    png: bytes
    text: str
    face: Face
    group: Group


def draw_pictures(group: Group, face: Face, count: int, seed: int) -> Iterator[Drawing]:
    """Draw `count` pictures of a group in a face, in all sizes and numbers of particles.

    Each seed stands for a hundred seeds of the Perl program.

    Raises TrainingError if Perl or the module is missing.
    """
    settings = [*islice(cycle(product(SIZES, PARTICLES)), min(count, len(SIZES) * len(PARTICLES)))]
    with tempfile.TemporaryDirectory() as folder:
        font = Path(folder, "face.ttf")
        font.write_bytes(font_file(face))
        for number, (size, particles) in enumerate(settings):
            # The first settings get one more each, for the remainder of the division.
            share = count // len(settings) + (number < count % len(settings))
            out = Path(folder, str(number))
            options = {
                **{"font": font, "size": size, "particles": particles},
                **{"count": share, "seed": seed * 100 + number, "out": out},
            }
            _run_perl(*group.options(), *(f"--{name}={value}" for name, value in options.items()))
            for path in sorted(out.iterdir()):
                yield Drawing(path.read_bytes(), path.name.partition("-")[0], face, group)


def _run_perl(*options: str) -> None:
    perl = shutil.which("perl")
    if not perl:
        raise TrainingError("Perl draws these pictures, and it is not installed: install it")
    done = subprocess.run([perl, DRAW, *options], capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise TrainingError(
            f"{DRAW.name} did not draw ({why}): examples/securityimage/README.md says what it needs"
        )
