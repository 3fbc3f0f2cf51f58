"""The captcha of npm's svg-captcha, for the option `--captcha`.

`captchas:Varying` has four to six letters and digits. Node draws it (draw.js).
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from string import ascii_letters, digits

import numpy as np
from PIL import Image


@cache
def node(_: int) -> subprocess.Popen[bytes]:
    """Start Node with draw.js, once in each process; the argument is the process's number."""
    process = subprocess.Popen(
        ["node", "draw.js"],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(process.communicate)  # which closes its input, and so ends it
    return process


class Varying:
    """Four to six letters and digits."""

    size = (150, 50)
    charset = digits + ascii_letters
    length = (4, 6)

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        """Let the library draw `text`; return the picture and the middles of its characters."""
        process = node(os.getpid())
        assert process.stdin
        assert process.stdout
        order = {"text": text, "seed": int(rng.integers(2**32))}
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        width, height = self.size
        pixels = process.stdout.read(width * height * 4)
        # The library's `getText` spaces the middles evenly.
        spacing = (width - 2) / (len(text) + 1)
        middles = [spacing * number for number in range(1, len(text) + 1)]
        return Image.frombytes("RGBA", self.size, pixels).convert("L"), middles
