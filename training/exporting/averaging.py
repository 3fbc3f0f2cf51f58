"""Averages the weights of fits that started from each other.

The mean of a fit and of the one that it started from reads other pictures than those of the fit
better than either (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from capslice.errors import ExportError
from capslice.training.fitting.fit_result import Fit, load_reader
from capslice.training.pictures.captcha import Captcha


def load_average(captcha: Captcha, folders: Sequence[Path]) -> tuple[Fit, keras.Model]:
    """The first of some fits, and its reader with the mean of the weights of all.

    Raises ExportError where their networks differ, and FitError where a fit cannot be loaded.
    """
    result, reader = load_reader(captcha, folders[0])
    fits = [reader.get_weights()]
    for folder in folders[1:]:
        fits.append(load_reader(captcha, folder)[1].get_weights())
        if [each.shape for each in fits[-1]] != [each.shape for each in fits[0]]:
            raise ExportError(
                f"the networks in {folders[0]} and {folder} differ, so that their weights have no "
                "mean: average fits of one network"
            )
    reader.set_weights([np.mean(each, axis=0) for each in zip(*fits, strict=True)])
    return result, reader
