"""Measures how long fitted readers take to read one picture, side by side."""

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


class ReadingTime(NamedTuple):
    """The median time of a reading in ms, and the median of its ratios to the reference."""

    milliseconds: float
    ratio: float


def reading_times(folders: Mapping[str, Path], reference: str) -> dict[str, ReadingTime]:
    """Time the fits in these folders, by name, on one thread of ONNX Runtime.

    They take turns on the same pictures. `reference` names the fit that all are compared with.

    Raises FitError if a folder holds no fit.
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
    for picture, turn in zip(pictures, seconds, strict=True):
        for i, session in enumerate(sessions):
            started = time.perf_counter()
            session.run(None, {"image": picture})
            turn[i] = time.perf_counter() - started
    milliseconds = np.median(seconds, axis=0) * 1000
    ratios = np.median(seconds / seconds[:, [list(folders).index(reference)]], axis=0)
    times = map(ReadingTime, milliseconds.tolist(), ratios.tolist())
    return dict(zip(folders, times, strict=True))
