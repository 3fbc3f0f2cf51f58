"""Does the same runs as Ray tasks, on this machine or on a cluster.

Each task fits in a temporary folder of its worker and sends the files back, so the machines of a
cluster need capslice but no shared disk. Ray repeats a task whose worker dies.

A worker imports this module before it runs a task, so it must not import Keras at the top: each
task prepares TensorFlow first.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from capslice.errors import TrainingError
from capslice.extras import missing
from capslice.training.machine import commit
from capslice.training.tensorflow import prepare_tensorflow

if TYPE_CHECKING:
    from capslice.training.experiments.runs import Failure, Outcome, RunFolder

LOCAL = "local"
RETRIES = 3
THREADS = 2  # of a task: more cores do not speed up these small networks


def run_on_ray(
    runs: RunFolder, address: str = LOCAL, *, workers: int | None = None
) -> Iterator[Outcome | Failure]:
    """Do the missing runs as Ray tasks, and yield outcomes and failures as they come in.

    `address` names a running cluster. With `local`, this starts Ray on this machine and stops it
    at the end, with `workers` workers or as many as the cores allow.

    Raises TrainingError if the cluster does not answer, and MissingExtra without Ray.
    """
    # Ray reads this on import: do not report usage to its makers.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError:
        raise missing("Ray is not installed", "ray") from None
    prepare_tensorflow(THREADS)
    from capslice.training.experiments.runs import Failure, Outcome

    settings: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address == LOCAL:
        # No other machine may reach it.
        settings |= {
            "num_cpus": THREADS * (workers or max((os.cpu_count() or 1) // THREADS, 1)),
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
        }
    try:
        if ":" in address:
            _check_reachable(address)
        ray.init(address, **settings)
    except (OSError, RuntimeError, ValueError) as error:
        raise TrainingError(f"there is no Ray cluster at {address} ({error})") from None
    try:
        task = ray.remote(num_cpus=THREADS, max_retries=RETRIES)(_execute_anywhere)
        code = commit()
        pending = {
            task.remote(run.experiment.model_dump_json(), run.seed, code): run
            for run in runs.missing()
        }
        while pending:
            (finished,), _ = ray.wait(list(pending))
            run = pending.pop(finished)
            try:
                content, files = ray.get(finished)
            except ray.exceptions.RayError as error:
                yield Failure(run, str(getattr(error, "cause", None) or error))
                continue
            outcome = Outcome.model_validate_json(content)
            runs.save(outcome, files)
            yield outcome
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """Connect once; if nobody answers, Ray would try for minutes. Raises OSError, ValueError."""
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    with socket.create_connection((parts.hostname, parts.port), timeout=10):
        pass


def _execute_anywhere(experiment: str, seed: int, code: str) -> tuple[str, dict[str, bytes]]:
    """The task: takes an experiment as JSON, returns its outcome as JSON and the fit's files."""
    prepare_tensorflow(THREADS)
    from capslice.training.experiments.catalogue import Experiment
    from capslice.training.experiments.runs import Run, execute

    run = Run(Experiment.model_validate_json(experiment), seed)
    with tempfile.TemporaryDirectory() as folder:
        outcome = execute(run, Path(folder), code)
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        return outcome.model_dump_json(), files
