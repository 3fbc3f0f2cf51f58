"""The program of a reader's process: loads the reader, and answers requests."""

from __future__ import annotations

import os
import pickle
import resource
import sys
import time
from pathlib import Path


def serve() -> None:
    """Answer requests from standard input: a picture's content, or None for the memory."""
    requests = sys.stdin.buffer
    # Keep the output of libraries out of the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    spec, threads = pickle.load(requests)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    read = spec.load(threads)
    while True:
        try:
            content = pickle.load(requests)
        except EOFError:
            return
        answer: object
        if content is None:
            answer = _peak_megabytes()
        else:
            started, used = time.perf_counter(), _processor_seconds()
            guess = read(content)
            answer = (*guess, time.perf_counter() - started, _processor_seconds() - used)
        pickle.dump(answer, answers)
        answers.flush()


def _processor_seconds() -> float:
    """The processor time so far of this process and of those that it has started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak_megabytes() -> float:
    """The peak memory of this process and of the largest process that it has started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    status = Path("/proc/self/status")
    if status.exists():
        # `getrusage` would include the memory of the process that this one was forked from.
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return (int(peak.split()[1]) + children) / 1000
    unit = 1e6 if sys.platform == "darwin" else 1e3  # macOS counts bytes, others kilobytes
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + children) / unit


if __name__ == "__main__":
    serve()
