"""Sheets of pictures: captions fit, and mark what was misread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from capslice.errors import SheetError
from capslice.models.sheet import Caption, reading_caption, write_sheet

TINY = np.zeros((10, 8), np.uint8)
BLANK = np.zeros((80, 310), np.uint8)


@pytest.mark.parametrize(
    ("label", "text", "caption"),
    [
        ("ab", "bb", [("ab read as ", False), ("b", True), ("b", False)]),
        ("ab", "", [("ab", True), (" read as ", False)]),
        ("abcd", "abd", [("ab", False), ("c", True), ("d read as abd", False)]),
        ("abd", "abcd", [("abd read as ab", False), ("c", True), ("d", False)]),
    ],
)
def test_wrong_characters_are_marked(label: str, text: str, caption: Caption) -> None:
    assert reading_caption(label, text) == caption


def ink(sheet: Image.Image) -> list[int]:
    """The columns below the first picture that have ink."""
    below = np.asarray(sheet.convert("L"))[12 + 10 :]
    columns: list[int] = np.flatnonzero(below.min(0) < 128).tolist()
    return columns


def test_pictures_lie_side_by_side(tmp_path: Path) -> None:
    write_sheet([(BLANK, reading_caption("ab", "bb"))] * 4, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 3 * 310
        assert sheet.height > 2 * 80
        assert sheet.getpixel((20, 20)) == (0, 0, 0)


def test_captions_wider_than_their_pictures_do_not_overlap(tmp_path: Path) -> None:
    caption = reading_caption("wwwwww", "mmmmmm")
    write_sheet([(TINY, caption)], tmp_path / "one.png")
    write_sheet([(TINY, caption)] * 2, tmp_path / "two.png")
    with Image.open(tmp_path / "one.png") as one, Image.open(tmp_path / "two.png") as two:
        assert ink(one)[-1] < one.width - 1
        alone = np.asarray(one)
        assert np.array_equal(np.asarray(two)[:, : one.width - 12], alone[:, : one.width - 12])
        assert len(ink(two)) == 2 * len(ink(one))


def test_signs_that_the_font_lacks_are_drawn_as_others(tmp_path: Path) -> None:
    for name, (label, text) in {"a": ("8÷2", "8×2−1"), "b": ("8/2", "8*2-1")}.items():
        write_sheet([(BLANK, reading_caption(label, text))], tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_caption_without_marks() -> None:
    assert reading_caption("13", "7-4", mark=False) == [("13 read as 7-4", False)]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="cannot be written"):
        write_sheet([(BLANK, reading_caption("a", "b"))], tmp_path / "sheet.unknown")
    with pytest.raises(SheetError, match="no picture to show"):
        write_sheet([], tmp_path / "empty.png")
