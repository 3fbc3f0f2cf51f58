"""Fitting the general reader: how many steps of 64 pictures it makes in a second.

Each row is `capslice fit --captcha general` as a user runs it, so other processes draw the
pictures, and start when they are late. The runs take turns. A fit's first epoch builds the graph
and does not count.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measure import Finding, Skipped, Table, percentiles
from benchmarks.startup import CAPSLICE
from capslice.training.pictures import draw_set
from capslice.training.pictures.general.general import GeneralCaptcha
from capslice.training.pictures.general.letters import letter, repertoire
from capslice.training.tensorflow import prepare_tensorflow

prepare_tensorflow()

from capslice.training.fitting.fit_result import HISTORY_FILE, Fit, read_history

BATCH, STEPS, EPOCHS, TURNS = 64, 25, 3, 2
EARLY, DRAWN = 60, 60  # batches; backgrounds are drawn in the early ones and kept


@dataclass
class Setting:
    """How a fit computes, and what it reached in each turn."""

    threads: int
    format: str  # of `capslice fit`: bfloat16 or float32
    speeds: list[float] = field(default_factory=list)  # steps a second
    late: int = 0  # batches that were not drawn in time

    def measure(self, folder: Path) -> None:
        """Fit for some epochs, without the first."""
        count = BATCH * (STEPS + 2)
        subprocess.run(
            (
                CAPSLICE, "fit", "--captcha", "general", "--warm-start", "general",
                "--count", str(count), "--split", f"{STEPS}:1:1", "--batch", str(BATCH),
                "--epochs", str(EPOCHS), "--threads", str(self.threads), f"--{self.format}",
                "--out", str(folder),
            ),
            cwd=folder.parent, check=True, capture_output=True,
        )  # fmt: skip
        seconds = read_history(folder / HISTORY_FILE)["seconds"][1:]
        self.speeds.append(STEPS * len(seconds) / sum(seconds))
        self.late += Fit.load(folder).late_batches


def run(quick: bool) -> Iterator[Finding]:
    """Raises Skipped in a quick run."""
    if quick:
        raise Skipped("it takes minutes")
    settings = [
        Setting(threads, format) for threads in (1, 2) for format in ("float32", "bfloat16")
    ]
    with TemporaryDirectory() as folder:
        for turn in range(TURNS):
            for setting in settings:
                setting.measure(Path(folder, f"{setting.threads}-{setting.format}-{turn}"))
    slowest = float(np.mean(settings[0].speeds))
    yield Table(
        ("threads", "format", "steps a second, by turn", "as many as the first", "late batches"),
        [
            (
                str(each.threads),
                each.format,
                ", ".join(f"{speed:.2f}" for speed in each.speeds),
                f"{np.mean(each.speeds) / slowest:.2f}",
                f"{each.late} of {TURNS * EPOCHS * STEPS}",
            )
            for each in settings
        ],
    )
    yield f"Drawing a picture takes {percentiles(drawing_seconds())} ms of one core (percentiles)."


def drawing_seconds() -> np.ndarray:
    """Seconds of one core for a picture, float64 (DRAWN,), each the mean of one batch.

    All letters are rendered before, as they are after the first minutes of a fit.
    """
    captcha, rng, seconds = GeneralCaptcha(), np.random.default_rng(1), []
    for face in captcha.faces:
        for character in repertoire(face):
            letter(face, character)
    for _ in range(EARLY + DRAWN):
        started = time.process_time()
        draw_set(captcha, BATCH, rng)
        seconds.append((time.process_time() - started) / BATCH)
    return np.array(seconds[EARLY:])
