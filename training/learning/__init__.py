"""From pictures to a model file: slices, networks, the reader, fitting it, and its export.

Everything in here needs TensorFlow, which takes seconds to import; so nothing
outside imports it before it is needed.
"""

import os
import sys

from training.errors import TrainingError

# TensorFlow's C++ library talks to standard error. From level 3 on it does not, but
# for its greetings, which no setting silences: those go nowhere.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.stderr.flush()
_stderr = os.dup(2)
_nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(_nowhere, 2)
try:
    import tensorflow  # noqa: F401
except ImportError as error:
    raise TrainingError(
        f"fitting and exporting need TensorFlow ({error}): pip install 'capslice[training]'"
    ) from None
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
    os.close(_nowhere)
