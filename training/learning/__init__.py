"""From pictures to a model file: slices, networks, the reader, fitting it, and its export.

Everything in here needs TensorFlow, which takes seconds to import; so nothing
outside imports it before it is needed.
"""

import os
import sys

from training.errors import TrainingError

# How a sum is divided among threads decides how it is rounded: their number is fixed, so
# that a fit gives the same weights on machines of any number of cores.
THREADS = 2

# TensorFlow takes oneDNN's convolutions by itself only where a processor has AVX-512. Where it has
# not, a step of the whole-picture network takes nearly twice as long without them.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# TensorFlow's C++ library talks to standard error. From level 3 on it does not, but
# for its greetings, which no setting silences: those go nowhere.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.stderr.flush()
_stderr = os.dup(2)
_nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(_nowhere, 2)
try:
    import tensorflow
except ImportError as error:
    raise TrainingError(
        f"fitting and exporting need TensorFlow ({error}): pip install 'capslice[training]'"
    ) from None
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
    os.close(_nowhere)

# Its Python half tells of every second network that it is slow to get ready.
tensorflow.get_logger().setLevel("ERROR")
tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
