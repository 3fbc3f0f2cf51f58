"""Connects to a Ray cluster, or starts one on this machine.

The machines of a cluster need capslice but no shared disk: each task gets files and sends files
back. Ray repeats a task whose worker dies.

A worker imports the module of its task first, so that module must not import Keras at the top: each
task prepares TensorFlow before.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from capslice.errors import TrainingError
from capslice.extras import missing

LOCAL = "local"
RETRIES = 3
THREADS = 2  # of a task: more cores do not speed up these small networks


@contextmanager
def ray_cluster(address: str = LOCAL, *, workers: int | None = None) -> Iterator[Any]:
    """Connect to the cluster at `address`, and give the module `ray`.

    With `local`, this starts Ray on this machine and stops it at the end, with `workers` workers or
    as many as the cores allow.

    Raises TrainingError if the cluster does not answer, and MissingExtra without Ray.
    """
    # Ray reads this on import: do not report usage to its makers.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError:
        raise missing("Ray is not installed", "ray") from None
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
    except Exception as error:  # Ray also raises Exception itself, such as for a slow start
        raise TrainingError(f"there is no Ray cluster at {address} ({error})") from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """Connect once; if nobody answers, Ray would try for minutes. Raises OSError, ValueError."""
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    with socket.create_connection((parts.hostname, parts.port), timeout=10):
        pass
