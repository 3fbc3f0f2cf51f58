"""Counting right readings over a labelled folder, and showing the misread pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from capslice import Reader
from capslice.agent.reading.evaluation import WORST, Evaluation, Labelled, evaluate
from capslice.errors import SheetError
from capslice.models.intervals import wilson
from capslice.models.labels import labels_of
from capslice.models.sheet import reading_caption, write_sheet
from capslice.training.pictures import EllipseCaptcha, generate

BLANK = np.zeros((80, 310), np.uint8)


def test_a_wrong_label_is_found(captcha: EllipseCaptcha, reader: Reader, tmp_path: Path) -> None:
    files = list(generate(captcha, tmp_path, 300, np.random.default_rng(3)))
    true = files[0].name[0]
    label = "2" if true != "2" else "3"
    files[0].rename(tmp_path / f"{label}{files[0].name[1:]}")
    (tmp_path / "notes.txt").write_text("")
    result = evaluate(reader, labels_of(tmp_path).items())
    assert result.pictures == 300
    assert (result.skipped[0].count("notes.txt"), len(result.skipped)) == (1, 1)
    assert result.worst[0].labelled.label[0] == label
    assert result.worst[0].text[0] == true
    assert result.confusion[captcha.charset.index(label), captcha.charset.index(true)] >= 1
    assert result.confusion.sum() == 1800
    assert np.trace(result.confusion) == result.positions.sum() == result.characters_right
    assert result.positions[0] <= 299


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "webp", "bmp"])
def test_pictures_of_every_format(
    kind: str, captcha: EllipseCaptcha, reader: Reader, tmp_path: Path, rng: np.random.Generator
) -> None:
    options = {"quality": 95} if kind in ("jpg", "webp") else {}
    for number in range(3):
        captcha.draw("234568", rng).save(tmp_path / f"234568-{number}.{kind}", **options)
    result = evaluate(reader, labels_of(tmp_path).items())
    assert (result.pictures, result.captchas_right) == (3, 3)


def certain(codes: NDArray[np.int64], confidence: float) -> NDArray[np.float32]:
    """Probabilities (n, length, 3): `confidence` for each code, the rest split evenly."""
    rest = np.full((*codes.shape, 3), (1 - confidence) / 2, np.float32)
    np.put_along_axis(rest, codes[..., np.newaxis], confidence, -1)
    return rest


def test_calibration_of_a_known_case() -> None:
    result = Evaluation("abc", 1, min_confidence=0.7)
    codes = np.array([[0]] * 60 + [[1]] * 40)
    result.count([Labelled(BLANK, "a")] * 100, certain(codes, 0.8))
    assert result.captchas_right == 60
    assert (result.answered, result.answered_right) == (100, 60)
    assert result.reliability.calibration_error == pytest.approx(0.2)
    (only,) = result.as_json()["calibration"]
    assert only == pytest.approx({"pictures": 100, "confidence": 0.8, "accuracy": 0.6})
    assert result.confused() == [("a", "b", 40)]
    assert len(result.worst) == WORST
    result.count([Labelled(BLANK, "a")], certain(np.array([[0]]), 0.6))
    assert (result.pictures, result.captchas_right) == (101, 61)
    assert (result.answered, result.answered_right) == (100, 60)


@given(st.data())
def test_counts_do_not_depend_on_batches(data: st.DataObject) -> None:
    labels = data.draw(st.lists(st.text("abc", min_size=2, max_size=2), min_size=1, max_size=40))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    probabilities = rng.dirichlet([1, 1, 1], (len(labels), 2)).astype(np.float32)
    cut = data.draw(st.integers(0, len(labels)))
    whole, parts = Evaluation("abc", 2), Evaluation("abc", 2)
    labelled = [Labelled(BLANK, label) for label in labels]
    whole.count(labelled, probabilities)
    for part in (slice(0, cut), slice(cut, None)):
        if labels[part]:
            parts.count(labelled[part], probabilities[part])
    one, other = whole.as_json(), parts.as_json()
    assert one.pop("calibration_error") == pytest.approx(other.pop("calibration_error"))
    assert one.pop("calibration") == [pytest.approx(each) for each in other.pop("calibration")]
    assert one == other
    assert [each.text for each in whole.worst] == [each.text for each in parts.worst]
    naive = sum(
        "".join("abc"[code] for code in row.argmax(-1)) == label
        for row, label in zip(probabilities, labels, strict=True)
    )
    assert whole.captchas_right == naive


def test_the_sheet_of_misread_pictures(tmp_path: Path) -> None:
    result = Evaluation("abc", 2)
    result.count([Labelled(BLANK, "ab")] * 4, certain(np.array([[1, 1]] * 4), 0.9))
    tiles = [
        (each.labelled.picture, reading_caption(each.labelled.label, each.text))
        for each in result.worst
    ]
    assert tiles[0][1] == [("ab read as ", False), ("b", True), ("b", False)]
    write_sheet(tiles, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 3 * 310
        assert sheet.height > 2 * 80
        assert sheet.getpixel((20, 20)) == (0, 0, 0)
    with pytest.raises(SheetError, match="cannot be written"):
        write_sheet(tiles, tmp_path / "sheet.unknown")
    with pytest.raises(SheetError, match="no picture to show"):
        write_sheet([], tmp_path / "empty.png")


def test_wilson_interval_of_published_cases() -> None:
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
