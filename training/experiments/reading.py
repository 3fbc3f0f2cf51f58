"""How long fitted readers take to read one picture, side by side."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime

from capslice.training.exporting.export import convert
from capslice.training.fitting.fit_result import load_reader
from capslice.training.pictures import EllipseCaptcha, draw_set

TURNS = 300


class Reading(NamedTuple):
    """The median time of a reading, and the median of its ratios to the reference's."""

    milliseconds: float
    ratio: float


def reading_times(folders: Mapping[str, Path], reference: str) -> dict[str, Reading]:
    """Of the fits in these folders, which take turns at the same picture on one thread.

    `reference` is the name of the one that the others are compared with.

    Raises FitError where a folder holds no fit.
    """
    captcha = EllipseCaptcha()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = []
    for folder in folders.values():
        model = convert(load_reader(captcha, folder)[1]).SerializeToString()
        sessions.append(
            onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        )
    pictures = draw_set(captcha, TURNS, np.random.default_rng()).pictures[:, np.newaxis]
    seconds = np.empty((TURNS, len(sessions)))
    for picture, row in zip(pictures, seconds, strict=True):
        for i, session in enumerate(sessions):
            started = time.perf_counter()
            session.run(None, {"image": picture})
            row[i] = time.perf_counter() - started
    milliseconds = np.median(seconds, axis=0) * 1000
    ratios = np.median(seconds / seconds[:, [list(folders).index(reference)]], axis=0)
    readings = (Reading(*pair) for pair in zip(milliseconds.tolist(), ratios.tolist(), strict=True))
    return dict(zip(folders, readings, strict=True))
