"""A whole round in miniature: from what a site said to a model that reads better."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from capslice import Reader
from capslice.errors import FitError, LabelsError
from capslice.models.labels import collected_name
from capslice.training.fitting import held_out
from capslice.training.fitting.data_sources import DataSource
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import Fit
from capslice.training.learning.learning_round import run_round
from capslice.training.learning.settings import Settings
from capslice.training.pictures import draw_set
from tests.commands import error_of, run
from tests.training.bars import BARS, RECIPE
from tests.training.random_pictures import CAPTCHA, random_pictures
from tests.training.random_pictures import RECIPE as OF_POSITIONS

Rows = list[tuple[str, str]]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fits") / "start"
    pictures = draw_set(BARS, 300, np.random.default_rng(1))
    fit(BARS, DataSource(BARS, pictures, count=1).parts(1), RECIPE, folder)
    return folder


def collect(folder: Path, count: int, seed: int) -> Rows:
    """Write pictures of bars as `learn` does, and return their names and texts."""
    folder.mkdir(exist_ok=True)
    data = draw_set(BARS, count, np.random.default_rng(seed))
    rows = {}
    for picture, text in zip(data.pictures, data.texts, strict=True):
        path = folder / "picture.png"
        Image.fromarray(picture).save(path)
        path = path.rename(folder / collected_name(path.read_bytes()))
        rows[path.name] = text  # some short texts look the same
    return [*rows.items()]


def write(file: Path, rows: Sequence[tuple[str, str]]) -> None:
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([("file", "text"), *rows])


def test_a_round(start: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    # A site that shows an x where the bars of c are: what is read of it is wrong.
    shown = [(name, text.replace("c", "x")) for name, text in collect(evidence, 100, 2)]
    write(evidence / "labels.csv", shown)
    misread = [row for row in collect(evidence, 60, 3) if "c" in row[1]]
    write(evidence / "rejected.csv", misread)
    settings = Settings(str(start), steps=60, rejected_share=0.25)
    first = run_round(evidence, settings, tmp_path / "1")
    known = dict(shown)
    assert first["labels"] == len(shown)
    assert first["rejected"] == sum(name not in known for name, _ in misread)
    assert first["guessed"] == 0
    held_out_labels = first["validation"]["of"]
    assert held_out_labels == round(len(shown) / 10)
    assert first["model"] == str(tmp_path / "1" / "model.onnx")
    kept = json.loads((tmp_path / "1" / "round.json").read_text())
    assert kept == {**first, "model": "model.onnx"}
    # The latest labels were held out.
    validation, _ = held_out.load(tmp_path / "1", Fit.load(tmp_path / "1").load_captcha().charset)
    assert validation.texts == [text for _, text in shown[-held_out_labels:]]

    reader = Reader(first["model"])
    assert reader.card.charset == "abcx"
    fresh = collect(tmp_path / "fresh", 50, 4)
    read = [reader.read(reader.open(tmp_path / "fresh" / name)).text for name, _ in fresh]
    right = sum(a == text.replace("c", "x") for a, (_, text) in zip(read, fresh, strict=True))
    assert right >= 25


@pytest.mark.slow
def test_the_next_round_starts_from_the_one_before(start: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    write(evidence / "labels.csv", collect(evidence, 40, 8))
    run_round(evidence, Settings(str(start), steps=2), tmp_path / "1")
    second = run_round(evidence, Settings(str(tmp_path / "1"), steps=2), tmp_path / "2")
    # Two rounds of a few steps forget nothing.
    assert second["validation"]["right"] >= second["validation"]["of"] - 1


@pytest.mark.slow
def test_rejected_texts_are_unlearned(start: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    rows = collect(evidence, 60, 5)
    of_c = [row for row in rows if "c" in row[1]]
    write(evidence / "labels.csv", [row for row in rows if "c" not in row[1]])
    write(evidence / "rejected.csv", of_c)

    def read(share: float) -> int:
        settings = Settings(str(start), steps=40, rejected_share=share)
        model = run_round(evidence, settings, tmp_path / str(share))["model"]
        reader = Reader(model)
        return sum(
            reader.read_content((evidence / name).read_bytes(), name).text == text
            for name, text in of_c
        )

    assert read(0.5) < read(0.0)


def test_what_a_round_cannot_start_from(start: Path, tmp_path: Path) -> None:
    evidence, out = tmp_path / "evidence", tmp_path / "out"
    evidence.mkdir()
    with pytest.raises(LabelsError, match=r"labels.csv cannot be read"):
        run_round(evidence, Settings(str(start)), out)
    write(evidence / "labels.csv", collect(evidence, 9, 6))
    with pytest.raises(FitError, match="9 labels that can be used, too few"):
        run_round(evidence, Settings(str(start)), out)
    with pytest.raises(FitError, match="holds no finished fit"):
        run_round(evidence, Settings(str(evidence)), out)
    positions = tmp_path / "positions"
    source = DataSource(CAPTCHA, random_pictures(30), count=16)
    fit(CAPTCHA, source.parts(1), OF_POSITIONS, positions)
    with pytest.raises(FitError, match="start from `general`"):
        run_round(evidence, Settings(str(positions)), out)
    assert not out.exists()


@pytest.mark.slow
def test_the_process_that_learn_starts(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    rows = collect(evidence, 20, 7)
    write(evidence / "labels.csv", rows)
    given = (evidence, "--out", tmp_path / "1", "--steps", 1)
    done = run(*given, module="capslice.training.learning")
    result = json.loads(done.stdout.splitlines()[-1])
    card = Reader(result["model"]).card
    assert (card.width, card.height) == (192, 64)
    error = error_of(run(*given, module="capslice.training.learning", status=2))
    assert "exists already" in error
