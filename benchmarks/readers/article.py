"""Loads the networks of the article, as ONNX files and with Keras."""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image

from benchmarks.readers.specs import Guess, Read, ReaderSpec


def load_sessions(spec: ReaderSpec, threads: int) -> Read:
    """Load the six networks as ONNX files; `spec.path` has the columns of their slices."""
    import onnxruntime

    path, charset = spec.path, spec.known.characters
    assert path and charset
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    slices = json.loads(path.read_text())
    sessions = [
        onnxruntime.InferenceSession(path.with_name(f"slice-{number}.onnx"), options)
        for number in range(len(slices))
    ]

    def read(content: bytes) -> Guess:
        grey = np.asarray(Image.open(io.BytesIO(content)).convert("L"), np.float32) / 255
        text = ""
        for session, (left, right) in zip(sessions, slices, strict=True):
            inputs = {"slice": grey[np.newaxis, :, left:right, np.newaxis]}
            (probabilities,) = session.run(None, inputs)
            text += charset[probabilities[0].argmax()]
        return Guess(text, None)

    return read


def load_keras(spec: ReaderSpec, _: int) -> Read:
    """Load the fit `spec.path` with Keras."""
    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow()
    from capslice.training.fitting.fit_result import load_reader
    from capslice.training.pictures import EllipseCaptcha

    charset = spec.known.characters
    assert spec.path and charset
    reader = load_reader(EllipseCaptcha(), spec.path)[1]

    def read(content: bytes) -> Guess:
        grey = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
        probabilities = reader.predict(grey[np.newaxis], verbose=0)[0]
        return Guess("".join(charset[code] for code in probabilities.argmax(-1)), None)

    return read
