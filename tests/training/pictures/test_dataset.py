"""Data sets are written and loaded without loss, and split without overlap."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from capslice.errors import DataSetError, LabelsError
from capslice.models.labels import labels_of
from capslice.training.pictures import Captcha, DataSet, EllipseCaptcha, draw_set, generate, load


def test_files_are_named_text_dash_number(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    paths = list(generate(captcha, tmp_path / "data", 20, np.random.default_rng(1)))
    assert len(set(paths)) == 20
    assert all(re.fullmatch(r"[234568]{6}-\d{4,}\.png", path.name) for path in paths)


class Fractions(Captcha):
    """A captcha of three to five characters, which file names cannot hold."""

    name, size, charset, shortest, length = "fractions", (60, 10), "23/?-.", 3, 5
    fonts = ()

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], None]:
        return rng.integers(256, size=(len(codes), 10, 60)).astype(np.uint8), None


@pytest.mark.parametrize("captcha", [EllipseCaptcha(), Fractions()])
def test_labels_and_pixels_survive_a_folder(captcha: Captcha, tmp_path: Path) -> None:
    list(generate(captcha, tmp_path, 20, np.random.default_rng(1)))
    rng = np.random.default_rng(1)
    drawn = {}
    for _ in range(20):
        text = captcha.random_text(rng)
        drawn[text] = np.asarray(captcha.draw(text, rng))
    data = load(captcha, labels_of(tmp_path), strict=True).data
    loaded = dict(zip(data.texts, data.pictures, strict=True))
    assert sorted(loaded) == sorted(drawn)
    assert all(np.array_equal(loaded[text], drawn[text]) for text in drawn)


def test_a_list_of_labels_is_continued(tmp_path: Path) -> None:
    for seed in (1, 2):
        paths = list(generate(Fractions(), tmp_path, 8, np.random.default_rng(seed)))
        assert all(re.fullmatch(r"[23_]{3,5}-\d{4,}\.png", path.name) for path in paths)
    texts = load(Fractions(), labels_of(tmp_path), strict=True).data.texts
    assert len(texts) == 16
    assert {*map(len, texts)} == {3, 4, 5}
    (tmp_path / "labels.csv").write_text("picture,label\n")
    with pytest.raises(LabelsError, match="other columns"):
        next(generate(Fractions(), tmp_path, 1, np.random.default_rng(1)))


class OneText(EllipseCaptcha):
    """A captcha whose files differ only in their number."""

    def random_text(self, rng: np.random.Generator) -> str:
        return "222222"


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    captcha = OneText()
    # Each time the same names are drawn, so each clash needs another name.
    for _ in range(3):
        list(generate(captcha, tmp_path, 50, np.random.default_rng(7)))
    assert len(list(tmp_path.iterdir())) == 150
    report = load(captcha, labels_of(tmp_path))
    assert len(report.data) == 50
    assert all("the same picture as" in line for line in report.skipped)


def test_existing_files_do_not_change_the_pictures(tmp_path: Path) -> None:
    captcha = OneText()
    for _ in range(2):
        list(generate(captcha, tmp_path, 5, np.random.default_rng(7)))
    contents = [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(contents) == 10
    assert len(set(contents)) == 5


def test_arrays_for_a_network(captcha: EllipseCaptcha, rng: np.random.Generator) -> None:
    data = draw_set(captcha, 7, rng)
    images = data.images()
    assert images.dtype == np.float32
    assert images.shape == (7, 80, 310, 1)
    assert images.min() == 0
    assert 0.8 < images.max() <= 1
    assert data.images(slice(0, 54)).shape == (7, 80, 54, 1)


def numbered(count: int) -> DataSet:
    pictures = np.zeros((count, 1, 1), np.uint8)
    return DataSet(pictures, np.arange(count)[:, np.newaxis], "x")


def test_the_articles_split(rng: np.random.Generator) -> None:
    parts = numbered(2000).split(rng, (2, 1, 1))
    assert [len(part) for part in parts] == [1000, 500, 500]
    assert not np.array_equal(parts[0].codes[:, 0], np.arange(1000)), "not shuffled"


@given(st.integers(1, 300), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_a_split_keeps_each_picture_once(count: int, shares: list[int]) -> None:
    try:
        parts = numbered(count).split(np.random.default_rng(0), shares)
    except DataSetError:
        assert count < sum(shares)
        return
    assert sorted(np.concatenate([part.codes[:, 0] for part in parts])) == list(range(count))


def test_unusable_files_are_reported_and_skipped(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    (good,) = generate(captcha, tmp_path, 1, np.random.default_rng(1))
    broken = {
        "234567-1234.png": good.read_bytes(),
        "notes.txt": b"",
        "222222-0001.png": b"not a picture",
        "222222-0002.png": good.read_bytes()[:500],
    }
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    Image.new("L", (10, 10)).save(tmp_path / "222222-0003.png")
    report = load(captcha, labels_of(tmp_path))
    assert len(report.data) == 1
    assert len(report.skipped) == 5
    for name in (*broken, "222222-0003.png"):
        assert any(name in line for line in report.skipped)
    with pytest.raises(DataSetError, match=r"222222-0001\.png"):
        load(captcha, labels_of(tmp_path), strict=True)


def test_every_picture_is_in_exactly_one_fold() -> None:
    numbers = np.arange(11)
    data = DataSet(
        np.tile(numbers.astype(np.uint8)[:, np.newaxis, np.newaxis], (1, 2, 3)),
        numbers[:, np.newaxis],
        "abcdefghijk",
    )
    judged = []
    for rest, fold in data.folds(np.random.default_rng(1), 3):
        assert {*rest.codes.ravel()} == {*numbers} - {*fold.codes.ravel()}
        assert (rest.pictures[:, 0, 0] == rest.codes[:, 0]).all()
        judged += fold.codes.ravel().tolist()
    assert sorted(judged) == numbers.tolist()
    with pytest.raises(DataSetError, match="11 pictures do not make 12 folds"):
        next(data.folds(np.random.default_rng(1), 12))


def test_rare_characters_are_counted() -> None:
    codes = np.array([[0, 0]] * 5 + [[1, 2]] * 9)
    assert DataSet(np.zeros((14, 2, 3), np.uint8), codes, "abcd").rare() == {"b": 9, "c": 9, "d": 0}


def test_an_empty_folder(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="no picture"):
        load(captcha, labels_of(tmp_path))


def test_a_folder_that_cannot_be_created(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataSetError, match="cannot be written"):
        list(generate(captcha, tmp_path / "file", 1, np.random.default_rng(1)))
