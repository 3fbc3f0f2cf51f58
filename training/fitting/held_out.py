"""The pictures that a fit was chosen and judged by, kept where they cannot be drawn again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from capslice.errors import FitError
from capslice.training.pictures import DataSet

HELD_OUT_FILE = "held_out.npz"


def keep(folder: Path, *parts: DataSet) -> None:
    """Write parts that were not learned from, of pictures that cannot be drawn again."""
    arrays = {
        f"{name}_{number}": array
        for number, part in enumerate(parts)
        for name, array in (("pictures", part.pictures), ("codes", part.codes))
    }
    np.savez_compressed(folder / HELD_OUT_FILE, allow_pickle=False, **arrays)


def kept(folder: Path, charset: str) -> tuple[DataSet, DataSet]:
    """What it was chosen by, and what it was judged by. Raises FitError where that is not kept."""
    try:
        with np.load(folder / HELD_OUT_FILE) as arrays:
            chosen_by, judged_by = (
                DataSet(arrays[f"pictures_{number}"], arrays[f"codes_{number}"], charset)
                for number in range(2)
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise FitError(f"{folder / HELD_OUT_FILE} cannot be read ({error}): fit again") from None
    return chosen_by, judged_by
