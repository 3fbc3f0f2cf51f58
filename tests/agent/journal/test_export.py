"""Exports of journals: pictures with labels and rejected texts, which others may add to."""

from __future__ import annotations

from pathlib import Path

import pytest

from capslice.agent.journal.attempts import Filter
from capslice.agent.journal.export import export
from capslice.agent.journal.writing import Journal
from capslice.models.labels import collected_name, labels_file, labels_of
from tests.agent.journal.journals import write_attempt as write


def test_what_a_person_added_is_kept(tmp_path: Path) -> None:
    out, path = tmp_path / "data", tmp_path / "journal"
    with Journal(path) as journal:
        write(journal, "222222", "rejected", b"1")
        write(journal, "333333", "accepted", b"2")
    assert export(path, Filter(), out).by_hand == 0
    mine = out / collected_name(b"mine")
    mine.write_bytes(b"mine")
    with labels_file(out) as add_label:
        add_label(mine, "666666")
        add_label(out / collected_name(b"1"), "777777")
    with Journal(path) as journal:
        write(journal, "888888", "accepted", b"1")
    done = export(path, Filter(), out)
    assert (done.written, done.by_hand) == (0, 1), "one of the labels is an accepted picture's"
    assert sorted(labels_of(out).values()) == ["333333", "666666", "777777"]
    assert mine.read_bytes() == b"mine"


@pytest.mark.parametrize("text", ["", "3\n3", "3" * 101])
def test_a_text_that_cannot_be_a_label(text: str, tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        write(journal, text, "accepted", b"1")
    done = export(tmp_path / "journal", Filter(), tmp_path / "data")
    assert (done.written, done.unusable) == (0, 1)
    assert not (tmp_path / "data").exists()


def test_texts_that_names_cannot_hold_are_listed(tmp_path: Path) -> None:
    texts = ["3+4=?", "6/3", "../333", "3-3", "abc"]
    pictures = [f"picture {number}".encode() for number in range(len(texts))]
    out = tmp_path / "data"
    with Journal(tmp_path / "journal") as journal:
        for text, picture in zip(texts, pictures, strict=True):
            write(journal, text, "accepted", picture)
    for written in (5, 0):
        assert export(tmp_path / "journal", Filter(), out).written == written
        found = {file.read_bytes(): text for file, text in labels_of(out).items()}
        assert found == dict(zip(pictures, texts, strict=True))
        assert len(list(out.iterdir())) == 6


def test_a_moving_picture_keeps_its_format(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        for picture in (b"GIF89a...", b"RIFF...", b"\x89PNG..."):
            write(journal, "abc", "accepted", picture)
    export(tmp_path / "journal", Filter(), tmp_path / "data")
    suffixes = {file.suffix for file in (tmp_path / "data").iterdir()}
    assert suffixes == {".gif", ".webp", ".png", ".csv"}
