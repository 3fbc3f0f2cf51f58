"""Folders of labelled pictures: their description, their pictures, and a model fitted to them."""

from __future__ import annotations

import json
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from capslice import Reader
from capslice.errors import DataSetError, DrawingError, FitError
from capslice.models.labels import collected_name, labels_of
from capslice.training.fitting import held_out
from capslice.training.networks.shape import COLUMNS
from capslice.training.networks.trunk import trunk
from capslice.training.pictures import (
    PAD,
    DataSet,
    FolderCaptcha,
    FolderDescription,
    joined,
    load,
)
from capslice.training.pictures.dataset import has_room
from capslice.training.pictures.folder import ShownFolder
from tests.commands import error_of, run

NETWORK = ("--networks", "whole", "--filters", "4,4,4,4,8", "--dense", 8, "--epochs", 1)


def fill(folder: Path, *names: str, size: tuple[int, int] = (40, 20)) -> None:
    """Write a different random picture for each name."""
    folder.mkdir(exist_ok=True)
    for name in names:
        pixels = np.random.default_rng(crc32(name.encode())).integers(256, size=size[::-1])
        Image.fromarray(pixels.astype(np.uint8)).save(folder / name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "data", *(f"{a}{b}.png" for a in "abc" for b in "abc"), "ab-2.gif", "ca-x.bmp")
    return tmp_path / "data"


def test_a_folder_is_described_by_most_of_its_pictures(folder: Path) -> None:
    fill(folder, "abc-1.png")
    fill(folder, "cc-3.png", size=(80, 40))
    (folder / "readme.txt").write_text("")
    captcha = FolderCaptcha(FolderDescription.of(labels_of(folder)))
    assert (captcha.size, captcha.charset, captcha.length) == ((40, 20), "abc", 2)
    report = load(captcha, labels_of(folder))
    assert report.data.pictures.shape == (12, 20, 40)  # one of them is shrunk
    assert len(report.skipped) == 2
    assert any(line.endswith("its label 'abc' has 3 characters, not 2") for line in report.skipped)
    assert len({*report.data.texts}) == 9
    with pytest.raises(DrawingError, match="cannot be drawn"):
        captcha.draw("ab", np.random.default_rng(1))


def test_a_folder_can_show_its_pictures_as_they_are(folder: Path, rng: np.random.Generator) -> None:
    Image.new("RGB", (50, 30), "red").save(folder / "bc-2.png")
    captcha = ShownFolder(labels_of(folder))
    texts = {captcha.random_text(rng) for _ in range(200)}
    assert texts == {first + second for first in "abc" for second in "abc"}
    shown = {captcha.draw("bc", rng).size for _ in range(50)}
    assert shown == {(40, 20), (50, 30)}
    (folder / "aa.png").write_bytes((folder / "aa.png").read_bytes()[:60])
    with pytest.raises(DrawingError, match=r"aa.png cannot be shown"):
        captcha.draw("aa", rng)


def test_only_what_is_labelled_of_a_collected_folder_is_fitted(folder: Path) -> None:
    for number in range(40):
        picture = folder / "new.png"
        fill(folder, picture.name, size=(40, 20 + number))
        picture.rename(folder / collected_name(picture.read_bytes()))
    labels = labels_of(folder)
    assert len(labels) == 11
    assert FolderDescription.of(labels).length == 2


def described(folder: Path, *texts: str, width: int = 60) -> FolderCaptcha:
    fill(folder, *(f"{text}-{number}.png" for number, text in enumerate(texts)), size=(width, 20))
    return FolderCaptcha(FolderDescription.of(labels_of(folder)))


def test_a_folder_has_the_lengths_of_its_labels(tmp_path: Path) -> None:
    texts = ["abcd", "abc", "bcdab"] * 6
    captcha = described(tmp_path, *texts)
    assert (captcha.shortest, captcha.length, captcha.charset) == (3, 5, "abcd")
    data = load(captcha, labels_of(tmp_path), strict=True).data
    assert sorted(data.texts) == sorted(texts)
    assert data.codes.shape == (18, 5)
    assert (data.codes == PAD).sum() == 6 + 12
    for part in (*data.split(np.random.default_rng(1), (2, 1)), data.subset(np.arange(18)[::-1])):
        assert {*part.texts} == {*texts}
    assert joined([data, data]).texts == data.texts * 2


@pytest.mark.parametrize(
    ("texts", "lengths"),
    [
        (["ab", "abc"], (2, 3)),  # too few to tell what is usual
        (["ab"] * 3 + ["abc"], (2, 2)),
        (["ab"] * 3 + ["abc"] * 2, (2, 3)),
        (["abc"] * 99 + ["a"] * 2 + ["abcd"] * 3, (3, 4)),
        (["ab"] * 9 + ["abc"] + ["abcd"] * 9, (2, 4)),  # no gap within
    ],
)
def test_rare_lengths_are_taken_for_mistakes(
    texts: list[str], lengths: tuple[int, int], tmp_path: Path
) -> None:
    captcha = described(tmp_path, *texts)
    assert (captcha.shortest, captcha.length) == lengths
    report = load(captcha, labels_of(tmp_path))
    skipped = [text for text in texts if not lengths[0] <= len(text) <= lengths[1]]
    assert len(report.skipped) == len(skipped)
    assert all(
        f"{text!r} has {len(text)} characters" in "".join(report.skipped) for text in skipped
    )
    # Whoever knows better can say so.
    labels = labels_of(tmp_path)
    known = FolderCaptcha(FolderDescription.of(labels, (1, 4)))
    assert (known.shortest, known.length) == (1, 4)
    assert len(load(known, labels, strict=True).data) == len(texts)


def test_a_label_without_room_in_its_picture(tmp_path: Path) -> None:
    captcha = described(tmp_path, *(["abc", "cba"] * 4), "abc" * 6, "abca" * 4, width=60)
    assert (captcha.shortest, captcha.length) == (3, 3)
    skipped = " ".join(load(captcha, labels_of(tmp_path)).skipped)
    assert (
        "'abcabcabcabcabcabc' has 18 characters, too many for a picture 60 pixels wide" in skipped
    )
    assert "'abcaabcaabcaabca' has 16 characters, too many" in skipped
    fill(tmp_path / "narrow", "abc.png", "bca.png", size=(11, 20))
    with pytest.raises(DataSetError, match="none of these 2 pictures has room for its label"):
        FolderDescription.of(labels_of(tmp_path / "narrow"))


@pytest.mark.parametrize(
    ("text", "narrowest"),
    [("a", 4), ("abca", 16), ("aabb", 24), ("a" * 16, 124), ("ab" * 16, 128)],
)
def test_how_much_room_a_text_needs(text: str, narrowest: int) -> None:
    assert has_room(text, narrowest)
    assert not has_room(text, narrowest - 1)
    assert has_room(text, 2000)


@pytest.mark.parametrize("size", [(40, 20), (66, 30), (130, 41), (258, 60), (310, 80), (600, 80)])
def test_a_column_network_has_a_column_for_all_that_has_room(size: tuple[int, int]) -> None:
    _, columns = trunk(size, COLUMNS.filters_of_blocks)
    texts = ("ab" * 20, "a" * 40)
    for text in (text[:length] for text in texts for length in range(41)):
        needed = 2 * len(text) - 1 if text.startswith("aa") else len(text)
        assert needed <= columns.shape[1] or not has_room(text, size[0])


def test_a_file_without_a_label(tmp_path: Path) -> None:
    captcha = described(tmp_path, "ab", "", "", "ab", "b")
    assert (captcha.shortest, captcha.length) == (2, 2)
    skipped = " ".join(load(captcha, labels_of(tmp_path)).skipped)
    assert "its label '' has 0 characters, not 2" in skipped


def test_a_repeated_picture_is_skipped(folder: Path) -> None:
    (folder / "bb-again.png").write_bytes((folder / "aa.png").read_bytes())
    captcha = FolderCaptcha(FolderDescription.of(labels_of(folder)))
    report = load(captcha, labels_of(folder))
    assert len(report.data) == 11
    (line,) = report.skipped
    assert line.endswith(
        f"bb-again.png: the same picture as {folder / 'aa.png'}, with the label 'aa'"
    )
    with pytest.raises(DataSetError, match="the same picture"):
        load(captcha, labels_of(folder), strict=True)


def test_pictures_of_many_sizes_are_padded(tmp_path: Path) -> None:
    for number, size in enumerate([(40, 20), (44, 18), (36, 22)] * 2):
        fill(tmp_path, f"{'abc'[number % 3]}a-{number}.png", size=size)
    captcha = FolderCaptcha(FolderDescription.of(labels_of(tmp_path)))
    assert (captcha.size, captcha.sizes) == ((44, 22), "padded")
    data = load(captcha, labels_of(tmp_path)).data
    with Image.open(tmp_path / "ca-5.png") as image:
        inner = np.asarray(image)
    assert any(np.array_equal(picture[:, :36], inner) for picture in data.pictures)


def test_labels_may_come_from_a_csv_file(folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "labels.csv"
    listed.write_text("file,text\naa.png,cb\nab.png,bb\n")
    labels = labels_of(folder, listed)
    captcha = FolderCaptcha(FolderDescription.of(labels))
    assert captcha.charset == "bc"
    assert load(captcha, labels).data.codes.tolist() == [[1, 0], [0, 0]]


def test_a_folder_without_enough_pictures(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="no picture among these 0 files"):
        FolderDescription.of({})
    fill(tmp_path, "aa.png", "aa-2.png")
    with pytest.raises(DataSetError, match="made of one character"):
        FolderDescription.of(labels_of(tmp_path))


def test_held_out_pictures_survive_a_file(tmp_path: Path) -> None:
    parts = [
        DataSet(np.full((n, 4, 5), n, np.uint8), np.full((n, 2), n - 1, np.int64), "abc")
        for n in (2, 3)
    ]
    held_out.save(tmp_path, *parts)
    for part, again in zip(parts, held_out.load(tmp_path, "abc"), strict=True):
        assert np.array_equal(part.pictures, again.pictures)
        assert np.array_equal(part.codes, again.codes)
    (tmp_path / "held_out.npz").write_bytes(b"broken")
    with pytest.raises(FitError, match="fit again"):
        held_out.load(tmp_path, "abc")


@pytest.mark.slow
def test_from_a_folder_to_a_model(folder: Path, tmp_path: Path) -> None:
    fill(folder, *(f"{a}{b}-{n}.png" for a in "abc" for b in "abc" for n in range(9)))
    given = ("--captcha", "folder", "--data", "data", *NETWORK)
    done = run("fit", *given, cwd=tmp_path)
    assert "92 pictures of 2 characters of abc in 40x20 pixels, 0 files skipped" in done.stderr
    exported = run("export", "--float", "--no-tta", cwd=tmp_path)
    assert exported.stdout.endswith("of 10 held-out captchas right\n")
    card = Reader(tmp_path / "mine.onnx").card
    assert (card.captcha, card.charset, card.length) == ("folder", "abc", 2)
    assert (card.width, card.height) == (40, 20)
    assert card.accuracy.captcha == "folder"
    fitted = json.loads((tmp_path / "fitted" / "fit.json").read_text())
    assert card.accuracy.pictures == fitted["tested_on"] == 10
    assert card.accuracy.captchas_right == fitted["captchas_right"]


def test_the_captcha_folder_needs_data(tmp_path: Path) -> None:
    done = run("fit", "--captcha", "folder", cwd=tmp_path, status=2)
    assert "give their folder as --data" in error_of(done)
    done = run("generate", "--captcha", "folder", cwd=tmp_path, status=2)
    assert "'folder' is none of ellipses" in error_of(done)
