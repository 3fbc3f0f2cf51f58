"""Prepares TensorFlow: silent, with oneDNN, and with a given number of threads.

Call `prepare_tensorflow` before the first import of Keras, also in a worker process. Nothing is
prepared by an import.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from capslice.extras import missing


@cache
def prepare_tensorflow(threads: int | None = None) -> None:
    """Import TensorFlow, silence it, and set its threads, by default one for each core.

    Threads decide how a sum is divided, and so how it is rounded: the same number gives the same
    weights on machines with any number of cores.

    Raises MissingExtra where TensorFlow is not installed.
    """
    # TensorFlow only turns oneDNN on by itself on processors with AVX-512. On others, a step of the
    # whole-picture network takes nearly twice as long without it.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # Level 3 silences the C++ library, apart from its greetings.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _standard_error_closed():
        try:
            import tensorflow
        except ImportError as error:
            raise missing(f"fitting and exporting need TensorFlow ({error})", "training") from None
    # TensorFlow's Python code warns that every second network is slow to compile.
    tensorflow.get_logger().setLevel("ERROR")
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads or os.cpu_count() or 1)


@contextmanager
def _standard_error_closed() -> Iterator[None]:
    """Discard what C++ libraries write to standard error."""
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)
