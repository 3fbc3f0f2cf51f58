"""Fits a model to the evidence, in a process of its own: what acts never loads TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psutil

from capslice.agent.owner import Owner
from capslice.errors import LearningError, one_line
from capslice.extras import missing

FIT = "capslice.training.learning"
RESULT = "round.json"  # the file of a finished fit
GENERAL = "general"
# Packages of the extra, by what a fit needs them for.
NEEDED = ("tensorflow", "tf2onnx", "onnx", "cv2", "freetype")


@dataclass(frozen=True)
class Fitted:
    """How many of the `of` latest labels a new model reads right, which its fit held out."""

    right: int
    of: int
    seconds: float


def check_packages(fit_on: str | None) -> None:
    """Raise MissingExtra if a package is missing that fits need; loads none of them."""
    for name in NEEDED:
        if find_spec(name) is None:
            raise missing(f"`capslice learn` fits models, and {name} is not installed", "training")
    if fit_on and find_spec("ray") is None:
        raise missing("--fit-on needs Ray, which is not installed", "ray")


def fit(
    evidence: Path,
    start: Path | str,
    out: Path,
    log: Path,
    options: Sequence[str] = (),
) -> Fitted:
    """Fit a model to the evidence, from the weights of `start`, and write it into the folder `out`.

    The folder is whole or not there; a fit that was made before an interruption is not repeated.

    start:   the folder of an earlier fit, or GENERAL.
    log:     the file to which the fit's messages are appended.
    options: more options of `python -m capslice.training.learning`.

    If this process is interrupted, the fit ends too. Raises LearningError if the fit fails.
    """
    note = out.with_suffix(".pid")
    end_earlier(note)
    if not (out / RESULT).exists():
        command = [sys.executable, "-m", FIT, f"--start={start}", f"--out={out}", *options]
        command += ["--", str(evidence)]
        with log.open("ab") as messages, _running(command, messages, note) as process:
            before = messages.tell()
            if status := process.wait():
                reason = _reason(status, log.read_bytes()[before:])
                raise LearningError(f"the fit failed ({reason}): {log} has its messages")
    try:
        result = json.loads((out / RESULT).read_bytes())
        validation = result["validation"]
        return Fitted(validation["right"], validation["of"], float(result["seconds"]))
    except (OSError, ValueError, LookupError, TypeError):
        raise LearningError(
            f"the fit left no result in {out / RESULT}: {log} has its messages"
        ) from None


@contextmanager
def _running(
    command: list[str], messages: IO[bytes], note: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the fit, and end it with all its children if this process is interrupted.

    The file `note` names the fit's process, so that the next `learn` ends it if this one is killed.
    """
    # A session of its own, so that Ctrl-C on the terminal reaches this process alone.
    with subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=messages,
        stderr=messages,
        start_new_session=True,
    ) as process:
        try:
            created = float(psutil.Process(process.pid).create_time())
            note.write_text(str(Owner(process.pid, created)), encoding="ascii")
            yield process
        finally:
            if process.poll() is None:
                _end(process.pid)
            note.unlink(missing_ok=True)


def end_earlier(note: Path) -> None:
    """End the fit that the file `note` names, if it still runs."""
    with suppress(OSError, ValueError):
        earlier = Owner.parse(note.read_text("ascii"))
        if earlier.is_running:
            _end(earlier.pid)
    note.unlink(missing_ok=True)


def _end(pid: int) -> None:
    """Kill a fit and the processes that it started."""
    with suppress(psutil.Error):
        fit = psutil.Process(pid)
        for process in (*fit.children(recursive=True), fit):
            with suppress(psutil.Error):
                process.kill()


def _reason(status: int, said: bytes) -> str:
    """Why a fit ended with this status: a signal (a negative status), or the last line it said."""
    if status < 0:
        return f"signal {-status} ended it; 9 is often for want of memory"
    lines = said.decode("utf-8", errors="replace").splitlines()
    return one_line(next((line for line in reversed(lines) if line.strip()), "it said nothing"))
