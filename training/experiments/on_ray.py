"""The same runs as Ray tasks, on this machine or on a cluster.

Each run is a task that fits in a folder of its own, wherever it is, and sends the
files back; so the machines of a cluster need capslice, but no common disk. A task
whose worker dies is run again by Ray. What a run is, and how its outcome is kept, is
the same as without Ray.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from capslice.errors import TrainingError
from capslice.extras import missing
from capslice.training.experiments.running import Experiments, Failure, Outcome, Run, measure
from capslice.training.machine import commit
from capslice.training.tensorflow import THREADS

LOCAL = "local"
RETRIES = 3

Files = dict[str, bytes]


def on_ray(
    experiments: Experiments, address: str = LOCAL, *, workers: int | None = None
) -> Iterator[Outcome | Failure]:
    """Run what is missing, in the order in which the runs finish.

    `address` is that of a cluster, or `local` for one that is started here and stopped
    at the end, with as many workers as the cores suffice for, or as `workers` says.

    Raises TrainingError where Ray is not installed, or the cluster does not answer.
    """
    # Ray reads these when it is imported: no reports to its makers.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError:
        raise missing("Ray is not installed", "ray") from None
    settings: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address == LOCAL:
        # A cluster of one machine is nobody else's business.
        settings |= {
            "num_cpus": THREADS * (workers or max((os.cpu_count() or 1) // THREADS, 1)),
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
        }
    try:
        if ":" in address:
            _knock(address)
        ray.init(address, **settings)
    except (OSError, RuntimeError, ValueError) as error:
        raise TrainingError(f"there is no Ray cluster at {address} ({error})") from None
    try:
        task = ray.remote(num_cpus=THREADS, max_retries=RETRIES)(_measure_anywhere)
        code = commit()
        running = {task.remote(run, code): run for run in experiments.missing()}
        while running:
            (finished,), _ = ray.wait(list(running))
            run = running.pop(finished)
            try:
                outcome, files = ray.get(finished)
            except ray.exceptions.RayError as error:
                yield Failure(run, str(getattr(error, "cause", None) or error))
                continue
            experiments.keep(outcome, files)
            yield outcome
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Where nobody answers, Ray would try for minutes. Raises OSError, ValueError."""
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    with socket.create_connection((parts.hostname, parts.port), timeout=10):
        pass


def _measure_anywhere(run: Run, code: str) -> tuple[Outcome, Files]:
    with tempfile.TemporaryDirectory() as folder:
        outcome = measure(run, Path(folder), code)
        return outcome, {path.name: path.read_bytes() for path in Path(folder).iterdir()}
