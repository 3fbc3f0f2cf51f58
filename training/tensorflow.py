"""TensorFlow, prepared: quiet, with oneDNN, and on a fixed number of threads.

Whoever fits or exports calls `prepare_tensorflow` before Keras is imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from capslice.extras import missing

# The threads of a fit. They decide how a sum is divided, and so how it is rounded: a fixed number
# gives the same weights on machines of any number of cores.
THREADS = 2


@cache
def prepare_tensorflow() -> None:
    """Import TensorFlow, silence it, and set its threads.

    Raises MissingExtra where it is not installed.
    """
    # TensorFlow turns oneDNN on by itself only where the processor has AVX-512. Without it, a step
    # of the whole-picture network takes nearly twice as long on other processors.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # Level 3 silences the C++ library, except for its greetings.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _standard_error_closed():
        try:
            import tensorflow
        except ImportError as error:
            raise missing(f"fitting and exporting need TensorFlow ({error})", "training") from None
    # The Python half warns of every second network that it is slow to compile.
    tensorflow.get_logger().setLevel("ERROR")
    tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)


@contextmanager
def _standard_error_closed() -> Iterator[None]:
    """Send what C++ libraries write to standard error to nowhere."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
