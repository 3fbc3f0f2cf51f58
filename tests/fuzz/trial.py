"""Makes fuzzing attempts in a process of their own, so that crashes and leaks are seen.

`python -m tests.fuzz.trial MODULE FUNCTION FIRST END` makes the attempts FIRST to END - 1.
An attempt depends on its number alone. The process prints the number and outcome of each, and
finally its peak memory. Any error that is not a CapsliceError ends it.
"""

from __future__ import annotations

import faulthandler
import logging
import random
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click

from capslice.errors import MOST_MESSAGE, CapsliceError

Attempt = Callable[[random.Random], str]

HANGS = 60  # seconds after which an attempt hangs


def outcome(attempt: Attempt, rng: random.Random) -> str:
    """The attempt's result, or the class name of its error."""
    try:
        return attempt(rng)
    except CapsliceError as error:
        line = str(error)
        assert len(line) <= MOST_MESSAGE, line
        assert line.isprintable(), line
        return type(error).__name__


def peak_megabytes() -> int:
    """The peak memory of this process."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux, getrusage also counts the memory of the parent when it forked.
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_000_000


def main(module: str, function: str, first: str, end: str) -> None:
    logging.getLogger().addHandler(logging.NullHandler())
    attempt: Attempt = getattr(import_module(module), function)
    for number in range(int(first), int(end)):
        click.echo(f"{number} ", nl=False)
        faulthandler.dump_traceback_later(HANGS, exit=True)
        click.echo(outcome(attempt, random.Random(f"{function} {number}")))
    faulthandler.cancel_dump_traceback_later()
    click.echo(f"peak {peak_megabytes()}")


if __name__ == "__main__":
    faulthandler.enable()
    main(*sys.argv[1:])
