"""Labels come from file names or from a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from capslice.errors import LabelsError
from capslice.models.labels import labels_of


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


def write_csv(path: Path, *rows: tuple[str, ...], head: tuple[str, ...] = ("file", "text")) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def test_a_label_ends_at_the_first_dash(tmp_path: Path) -> None:
    touch(tmp_path, "ab.png", "ac-1.gif", "ad-1-2.bmp", ".ae.png")
    assert [*labels_of(tmp_path).values()] == ["ab", "ac", "ad"]


def test_capitals_can_be_folded(tmp_path: Path) -> None:
    touch(tmp_path, "aB.png", "AB-1.png")
    assert {*labels_of(tmp_path).values()} == {"aB", "AB"}
    assert {*labels_of(tmp_path, fold_case=True).values()} == {"ab"}


def test_a_csv_file_lists_files_and_texts(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "labels.csv", ("aa.png", "cb"), ("ab.png", "bb"))
    folder = tmp_path / "data"
    assert labels_of(folder, path) == {folder / "aa.png": "cb", folder / "ab.png": "bb"}


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        ([("aa.png", "aa"), ("aa.png", "bb")], ("file", "text"), "two labels: aa and bb"),
        ([("aa.png", "")], ("file", "text"), "line 2 has no file or no text"),
        ([("aa.png",)], ("file", "text"), "line 2 has no file or no text"),
        ([("aa.png", "aa")], ("name", "text"), "not the columns"),
        ([], ("file", "text"), "has no rows"),
    ],
)
def test_an_invalid_csv_file(
    rows: list[tuple[str, ...]], head: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "labels.csv", *rows, head=head)
    with pytest.raises(LabelsError, match=message):
        labels_of(tmp_path, path)


def test_a_file_that_is_not_csv(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xff\x00\xfe")
    with pytest.raises(LabelsError, match="cannot be read as a CSV file"):
        labels_of(tmp_path, tmp_path / "labels.csv")
    with pytest.raises(LabelsError, match="cannot be read as a CSV file"):
        labels_of(tmp_path, tmp_path / "nowhere.csv")


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="cannot be read"):
        labels_of(tmp_path / "nowhere")
