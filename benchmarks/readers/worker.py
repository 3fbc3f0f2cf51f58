"""What such a process does: load a reader, and read whatever comes."""

from __future__ import annotations

import os
import pickle
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def serve() -> None:
    """What the process does: read whatever it is sent."""
    requests = sys.stdin.buffer
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    kind, threads = pickle.load(requests)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    read: Callable[[bytes], str] = kind.read_with(threads)
    while True:
        try:
            content = pickle.load(requests)
        except EOFError:
            return
        answer: object = _megabytes()
        if content is not None:
            begun = time.perf_counter()
            text = read(content)
            answer = (text, time.perf_counter() - begun)
        pickle.dump(answer, answers)
        answers.flush()


def _megabytes() -> float:
    """Of this process, and of the largest that it has started."""
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    status = Path("/proc/self/status")
    if status.exists():
        # What `getrusage` says of the process itself includes what it was forked from.
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return (int(peak.split()[1]) + started) / 1000
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + started) / unit


if __name__ == "__main__":
    serve()
