"""What a site said of answers to its captchas, beside the labels in a folder of pictures.

    labels.csv     file,text   the site accepted this text, or somebody typed it
    rejected.csv   file,text   the site rejected this text; a picture may have several
    guessed.csv    file,text   a sure reading of a picture that was not submitted

The last two are optional, and may have other columns. The rows are in the order of time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.errors import DataSetError
from capslice.models.labels import REJECTED_FILE, rows_of
from capslice.training.pictures.captcha import Captcha, codes_of
from capslice.training.pictures.dataset import DataSet, picture_of

GUESSED_FILE = "guessed.csv"


class Evidence(NamedTuple):
    """The rejected and the guessed texts of a folder, None for none; and lines about skipped rows.

    A picture with several rejected texts is there several times.
    """

    rejected: DataSet | None
    guessed: DataSet | None
    skipped: tuple[str, ...]

    def report(self) -> str | None:
        """One line about the skipped rows, if there are any."""
        if not self.skipped:
            return None
        return f"{len(self.skipped)} rows of {REJECTED_FILE} or {GUESSED_FILE}: {self.skipped[0]}"


def load_evidence(captcha: Captcha, folder: Path, labelled: Collection[Path]) -> Evidence:
    """Load what is known of the pictures in `folder` that are not `labelled`.

    Skips and reports a row whose text the captcha cannot show, or whose picture is broken.

    Raises LabelsError if a CSV file cannot be read, or is invalid.
    """
    rejected, guessed = None, None
    skipped: list[str] = []
    if (folder / REJECTED_FILE).exists():
        rejected = _load(captcha, folder, REJECTED_FILE, labelled, skipped)
    if (folder / GUESSED_FILE).exists():
        guessed = _load(captcha, folder, GUESSED_FILE, labelled, skipped)
    if rejected:
        rejected = replace(rejected, rejected=np.ones(len(rejected), bool))
    return Evidence(rejected, guessed, tuple(skipped))


def _load(
    captcha: Captcha, folder: Path, name: str, labelled: Collection[Path], skipped: list[str]
) -> DataSet | None:
    pictures: dict[Path, NDArray[np.uint8]] = {}
    texts = []
    for path, text in dict.fromkeys(rows_of(folder, folder / name)):
        if path in labelled:
            continue
        try:
            picture = picture_of(path, text, captcha)
        except DataSetError as error:
            skipped.append(f"{name}: {error}")
            continue
        pictures[path] = picture
        texts.append((path, text))
    if not texts:
        return None
    codes = codes_of([text for _, text in texts], captcha.charset, captcha.length)
    return DataSet(np.stack([pictures[path] for path, _ in texts]), codes, captcha.charset)
