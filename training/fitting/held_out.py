"""Keeps the validation and test pictures of a fit to a folder, which nobody can draw again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from capslice.errors import FitError
from capslice.training.pictures import DataSet

HELD_OUT_FILE = "held_out.npz"


def save(folder: Path, validation: DataSet, test: DataSet) -> None:
    """Write the pictures and labels of both parts into the folder of the fit."""
    arrays = {
        f"{name}_{number}": array
        for number, part in enumerate((validation, test))
        for name, array in (("pictures", part.pictures), ("codes", part.codes))
    }
    np.savez_compressed(folder / HELD_OUT_FILE, allow_pickle=False, **arrays)


def load(folder: Path, charset: str) -> tuple[DataSet, DataSet]:
    """The validation and the test part. Raises FitError where the file cannot be read."""
    try:
        with np.load(folder / HELD_OUT_FILE) as arrays:
            validation, test = (
                DataSet(arrays[f"pictures_{number}"], arrays[f"codes_{number}"], charset)
                for number in range(2)
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise FitError(f"{folder / HELD_OUT_FILE} cannot be read ({error}): fit again") from None
    return validation, test
