"""The sheet of misread pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from capslice.training.judging.misread_sheet import Predicted, write_misread_sheet
from tests.training.random_pictures import random_pictures


def test_the_sheet_shows_what_was_misread(tmp_path: Path) -> None:
    data = random_pictures(4)
    right = np.full((4, 2, 3), 0.05, np.float32)
    np.put_along_axis(right, data.codes[..., np.newaxis], 0.9, -1)
    assert write_misread_sheet([Predicted(data, right)], tmp_path / "none.png") == 0
    assert not (tmp_path / "none.png").exists()
    wrong = np.roll(right, 1, axis=-1)
    mixed = np.where(np.arange(4)[:, np.newaxis, np.newaxis] == 2, wrong, right)
    predicted = Predicted(data, mixed)
    assert predicted.surprises().argmax() == 2
    path = tmp_path / "misread.png"
    assert write_misread_sheet([Predicted(data, right), predicted], path) == 1
    with Image.open(path) as sheet:
        assert sheet.height < 80, "one row"
