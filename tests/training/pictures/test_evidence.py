"""What a site said of answers: rejected and guessed texts beside the labels, and their mixture."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.errors import DataSetError, LabelsError
from capslice.models.labels import labels_of
from capslice.training.pictures import (
    PAD,
    DataSet,
    FolderCaptcha,
    FolderDescription,
    Mixture,
    Pool,
    Stream,
    joined,
    load_evidence,
)
from tests.training.bars import BARS
from tests.training.pictures.test_folder import fill

CAPTCHA = FolderCaptcha(FolderDescription(size=(40, 20), charset="abc", length=3, shortest=1))


def write(file: Path, *rows: tuple[str, ...], columns: tuple[str, ...] = ("file", "text")) -> None:
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([columns, *rows])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path, "1.png", "2.png", "3.png", "4.png")
    write(tmp_path / "labels.csv", ("1.png", "ab"))
    return tmp_path


def test_rejected_and_guessed_texts(folder: Path) -> None:
    # The page took another answer to the first picture later.
    write(folder / "rejected.csv", ("1.png", "aa"), ("2.png", "ab"), ("2.png", "b"), ("2.png", "b"))
    write(folder / "guessed.csv", ("3.png", "c", "0.9"), columns=("file", "text", "confidence"))
    found = load_evidence(CAPTCHA, folder, labels_of(folder, folder / "labels.csv"))
    assert found.rejected
    assert found.guessed
    assert found.rejected.texts == ["ab", "b"]
    assert found.rejected.rejected is not None
    assert found.rejected.rejected.all()
    np.testing.assert_array_equal(*found.rejected.pictures)
    assert (found.guessed.texts, found.guessed.rejected) == (["c"], None)
    assert found.skipped == ()
    assert found.report() is None


def test_rows_that_cannot_be_used_are_reported_in_one_line(folder: Path) -> None:
    (folder / "4.png").write_bytes(b"no picture")
    rows = [("2.png", "xy"), ("2.png", "abca"), ("4.png", "a"), ("5.png", "a"), ("3.png", "a")]
    write(folder / "rejected.csv", *rows)
    found = load_evidence(CAPTCHA, folder, [])
    assert found.rejected
    assert found.rejected.texts == ["a"]
    assert len(found.skipped) == 4
    report = found.report()
    assert report
    assert report.startswith("4 rows of rejected.csv or guessed.csv: rejected.csv: ")
    assert "2.png: its label 'xy' has 'xy', not only characters of abc" in report


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"picture,text\n1.png,a\n", "has not the columns `file` and `text`"),
        (b"file,text\n1.png,\n", "line 2 has no file or no text"),
        (b"file,text\n1.png\n", "line 2 has no file or no text"),
        (b'file,text\n"1.png,a\n', "cannot be read as a CSV file"),
        (b"file,text\n\xff,a\n", "cannot be read as a CSV file"),
    ],
)
def test_a_bad_list_is_an_error(folder: Path, content: bytes, message: str) -> None:
    (folder / "rejected.csv").write_bytes(content)
    with pytest.raises(LabelsError, match=r"rejected.csv") as raised:
        load_evidence(CAPTCHA, folder, [])
    assert message in str(raised.value)


def grey(level: int, text: tuple[int, ...], *, rejected: bool = False) -> DataSet:
    """Ten pictures of one grey and one text."""
    pictures = np.full((10, 20, 64), level, np.uint8)
    return DataSet(
        pictures, np.tile(text, (10, 1)), "abc", None, np.ones(10, bool) if rejected else None
    )


def test_a_mixture_has_its_shares() -> None:
    labelled, rejected = Pool(grey(10, (0, 1)), 0.0), Pool(grey(20, (2,), rejected=True), 0.0)
    mixture = Mixture(labelled, ((rejected, 0.25), (BARS, 0.5)))
    stream = Stream(mixture, seed=1, epoch=16)
    batch = stream.batch(16, 3)
    assert Counter(batch.pictures[:, 0, 0].tolist()) == {10: 4, 20: 4, 255: 8}
    assert batch.codes.shape == (16, 4)
    np.testing.assert_array_equal(batch.codes[0], [0, 1, PAD, PAD])
    assert batch.rejected is not None
    np.testing.assert_array_equal(batch.rejected, batch.pictures[:, 0, 0] == 20)
    np.testing.assert_array_equal(stream.batch(16, 3).pictures, batch.pictures)
    only = Mixture(labelled, ((rejected, 0.01),)).draw(4, np.random.default_rng(1))
    assert len(only) == 4
    assert only.rejected is None
    with pytest.raises(DataSetError, match="lower --rejected-share or --general-share"):
        Mixture(labelled, ((rejected, 0.5), (BARS, 0.5)))


@given(st.lists(st.floats(0, 0.3), min_size=1, max_size=3), st.integers(1, 40))
def test_a_mixture_has_as_many_pictures_as_asked_for(shares: list[float], count: int) -> None:
    pool = Pool(grey(10, (0, 1)), 0.0)
    mixture = Mixture(pool, tuple((pool, share) for share in shares))
    assert len(mixture.draw(count, np.random.default_rng(1))) == count


def test_data_sets_of_several_lengths_are_joined() -> None:
    one = DataSet(np.zeros((1, 4, 4), np.uint8), np.array([[0]]), "ab", np.array([[1.0]]))
    two = DataSet(np.ones((1, 4, 4), np.uint8), np.array([[1, 1]]), "ab", np.array([[1.0, 2.0]]))
    both = joined([one, two])
    assert both.texts == ["a", "bb"]
    assert both.middles is not None
    np.testing.assert_array_equal(both.middles, [[1, np.nan], [1, 2]])
