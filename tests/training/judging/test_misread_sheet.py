"""The sheet of misread pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from capslice.models.decoding import Decoder
from capslice.training.judging.misread_sheet import Predicted, write_misread_sheet
from capslice.training.pictures import DataSet, codes_of
from tests.training.random_pictures import random_pictures


def test_the_sheet_shows_what_was_misread(tmp_path: Path) -> None:
    data, decoder = random_pictures(4), Decoder("abc", 2, 2)
    right = np.full((4, 2, 3), 0.05, np.float32)
    np.put_along_axis(right, data.codes[..., np.newaxis], 0.9, -1)
    assert write_misread_sheet([Predicted(data, right, decoder)], tmp_path / "none.png") == 0
    assert not (tmp_path / "none.png").exists()
    wrong = np.roll(right, 1, axis=-1)
    mixed = np.where(np.arange(4)[:, np.newaxis, np.newaxis] == 2, wrong, right)
    predicted = Predicted(data, mixed, decoder)
    (misread,) = predicted.misread()
    assert misread.label == data.texts[2]
    assert misread.surprise == pytest.approx(-2 * np.log(0.05))
    path = tmp_path / "misread.png"
    assert write_misread_sheet([Predicted(data, right, decoder), predicted], path) == 1
    with Image.open(path) as sheet:
        assert sheet.height < 80, "one row"


def columns(path: str) -> NDArray[np.float32]:
    """Probabilities (columns, 4) that say each of `abc`, or `-` for nothing, with 0.91."""
    output = np.full((len(path), 4), 0.03, np.float32)
    output[np.arange(len(path)), ["abc-".index(each) for each in path]] = 0.91
    return output


def test_texts_of_several_lengths(tmp_path: Path) -> None:
    labels = ["ab", "aa", "abcb", "cab"]
    read = ["-a-b-----", "-a-------", "-a-b-c-b-", "-c-a-b-b-"]
    pictures = random_pictures(4).pictures
    data = DataSet(pictures, codes_of(labels, "abc", 4), "abc")
    predicted = Predicted(
        data, np.stack([columns(path) for path in read]), Decoder("abc", 1, 4, ctc=True)
    )
    first, second = predicted.misread()
    assert (first.label, first.text) == ("aa", "a")
    assert (second.label, second.text) == ("cab", "cabb")
    assert all(1 < each.surprise < 20 for each in (first, second))
    assert write_misread_sheet([predicted], tmp_path / "misread.png") == 2


def test_a_label_that_the_reader_cannot_give(tmp_path: Path) -> None:
    data = DataSet(random_pictures(1).pictures, codes_of(["ab"], "abc", 4), "abc")
    (misread,) = Predicted(
        data, columns("-a-b-c-")[np.newaxis], Decoder("abc", 3, 4, ctc=True)
    ).misread()
    assert misread.text == "abc"
    assert np.isfinite(misread.surprise)
