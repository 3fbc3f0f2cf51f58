"""Labels come from file names or from a CSV file."""

from __future__ import annotations

import csv
import os
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.errors import LabelsError
from capslice.models.labels import (
    collected_name,
    fits_names,
    label_for_name,
    labels_file,
    labels_of,
    own_rows,
)


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


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "0123456789abcdef.png")
    assert [*labels_of(tmp_path).values()] == ["0123456789abcdef"]


@pytest.mark.parametrize("before", ["\ufefffile,text\n1.png,a", "file,text\r\n1.png,a"])
def test_a_last_line_without_an_end_is_ended(before: str, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(before.encode())
    with labels_file(tmp_path) as add:
        add(tmp_path / "2.png", "b")
    assert [text for _, text in own_rows(tmp_path, "labels.csv")] == ["a", "b"]


def test_a_full_disk_leaves_the_list_as_it_was(tmp_path: Path) -> None:
    """A limit on the size of files cuts a row as a full disk does."""
    with labels_file(tmp_path) as add:
        add(tmp_path / "1.png", "a")
        before = (tmp_path / "labels.csv").read_bytes()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 3, hard))
        try:
            with pytest.raises(OSError):
                add(tmp_path / "2.png", "b")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (tmp_path / "labels.csv").read_bytes() == before
        add(tmp_path / "3.png", "c")
    assert labels_of(tmp_path, tmp_path / "labels.csv") == {
        tmp_path / "1.png": "a",
        tmp_path / "3.png": "c",
    }


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        ([("aa.png", "aa"), ("aa.png", "bb")], ("file", "text"), "two labels: aa and bb"),
        ([("aa.png", "")], ("file", "text"), "line 2 has no file or no text"),
        ([("aa.png",)], ("file", "text"), "line 2 has no file or no text"),
        ([("aa.png", "aa")], ("name", "text"), "not the columns"),
        ([], ("file", "text"), "has no rows"),
        ([("aa.png", "a" * 101)], ("file", "text"), "line 2 of .* has a text that is no label"),
        ([("aa.png", "a\nb")], ("file", "text"), "line 2 of .* has a text that is no label"),
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


def test_the_folders_own_list_comes_before_names(tmp_path: Path) -> None:
    touch(tmp_path, "aa-1.png", "3_4=-1.png", "bb.png")
    write_csv(tmp_path / "labels.csv", ("3_4=-1.png", "3-4="), ("more/1.png", "cc"))
    labels = {path.name: text for path, text in labels_of(tmp_path).items()}
    assert labels == {"3_4=-1.png": "3-4=", "aa-1.png": "aa", "bb.png": "bb", "1.png": "cc"}
    given = write_csv(tmp_path / "given.csv", ("bb.png", "dd"))
    assert labels_of(tmp_path, given) == {tmp_path / "bb.png": "dd"}


def test_a_collected_picture_has_only_the_label_of_the_list(tmp_path: Path) -> None:
    names = [collected_name(content) for content in (b"one", b"two", b"GIF89a")]
    for name, content in zip(names, (b"one", b"two", b"GIF89a"), strict=True):
        (tmp_path / name).write_bytes(content)
    touch(tmp_path, "1234567890123456.png", "readings.csv")  # a text of 16 digits
    assert [path.name for path in labels_of(tmp_path)] == ["1234567890123456.png"]
    write_csv(tmp_path / "labels.csv", (names[1], "ab"))
    assert [*labels_of(tmp_path).values()] == ["1234567890123456", "ab"]
    assert names[2].endswith(".gif")


@pytest.mark.parametrize("character", '-./\\:*?"<>| \t\n')
def test_characters_that_names_cannot_hold(character: str) -> None:
    assert not fits_names(f"ab{character}")
    assert label_for_name(f"a{character}b") == "a_b"


@given(st.lists(st.text(st.characters().filter(str.isprintable), min_size=1, max_size=100)))
def test_texts_survive_the_list_of_a_folder(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("data")
    for first in (0, 1):  # the second time, the file is continued
        with labels_file(folder) as add:
            for number in range(first, len(texts), 2):
                add(folder / f"{number}.png", texts[number])
    if texts:
        read = labels_of(folder)
        assert all(read[folder / f"{number}.png"] == text for number, text in enumerate(texts))


def test_a_list_without_an_end_of_line_is_continued(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,text\na.png,b c")
    with labels_file(tmp_path) as add:
        add(tmp_path / "d.png", "e,f")
    assert [*labels_of(tmp_path).values()] == ["b c", "e,f"]


def test_a_list_with_other_columns_is_not_continued(tmp_path: Path) -> None:
    write_csv(tmp_path / "labels.csv", ("1", "b"), head=("id", "text"))
    with pytest.raises(LabelsError, match="other columns"), labels_file(tmp_path):
        pass
    with pytest.raises(LabelsError, match="cannot be written"), labels_file(tmp_path / "nowhere"):
        pass
