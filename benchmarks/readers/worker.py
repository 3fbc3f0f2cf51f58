"""What such a process does: load a reader, and read whatever comes."""

from __future__ import annotations

import os
import pickle
import resource
import sys
import time
from collections.abc import Callable


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
    unit = 1 if sys.platform == "darwin" else 1000  # bytes there, kilobytes elsewhere
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(each).ru_maxrss for each in whose) * unit / 1e6


if __name__ == "__main__":
    serve()
