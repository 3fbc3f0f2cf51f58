"""`capslice fit` with cross-validation and a learning curve."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.commands import error_of, run
from tests.training.random_pictures import random_pictures


@pytest.mark.slow
def test_cross_validation_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    data = random_pictures(60)
    for number, (picture, row) in enumerate(zip(data.pictures, data.codes, strict=True)):
        text = "".join("abc"[code] for code in row)
        Image.fromarray(picture).save(folder / f"{text}-{number}.png")
    Image.fromarray(data.pictures[0][::-1]).save(folder / "ad.png")
    given = ("fit", "--captcha", "folder", "--data", folder, "--networks", "whole", "--filters",
             "4,4,4,4,8", "--dense", 8, "--epochs", 1, "--count", 32)  # fmt: skip
    error = error_of(run(*given, "--strict", cwd=tmp_path, status=2))
    assert "too rare to be learned well: 'd' 1 times" in error
    done = run(*given, "--cross-validation", 2, "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert [each["tested_on"] for each in report["folds"]] == [31, 30]
    low, high = report["captcha_interval"]
    assert low <= report["captcha_accuracy"] <= high
    assert (tmp_path / "fitted" / "misread.png").exists()
    before = (tmp_path / "fitted" / "fold-1" / "fit.json").stat().st_mtime_ns
    run(*given, "--cross-validation", 2, "--resume", cwd=tmp_path)
    assert (tmp_path / "fitted" / "fold-1" / "fit.json").stat().st_mtime_ns == before
    done = run(*given, "--learning-curve", "--warm-start", "fitted/fold-1", cwd=tmp_path)
    assert "with 12, " in done.stdout
    assert "fitting to 12 of the pictures, in fitted/quarter" in done.stderr
    assert "for 90 %: " in done.stdout
    assert "for 99 %: " in done.stdout
    # With folds, all pictures test each point of the curve.
    given = (*given, "--cross-validation", 2, "--learning-curve", "--out", "curve", "--json")
    report = json.loads(run(*given, cwd=tmp_path).stdout)
    assert [point["of"] for point in report["curve"]] == [61, 61, 61]
    assert [point["pictures"] for point in report["curve"]] == [6, 14, 26]
    assert [each["accuracy"] for each in report["needed"]] == [0.9, 0.99]


@pytest.mark.slow
def test_cross_validation_of_texts_of_several_lengths(tmp_path: Path) -> None:
    run("generate", "--captcha", "letters", "--count", 60, "--out", "data", cwd=tmp_path)
    given = ("fit", "--captcha", "folder", "--data", "data", "--filters", "4,4,4,4,8", "--epochs",
             1, "--count", 32)  # fmt: skip
    report = json.loads(run(*given, "--cross-validation", 2, "--json", cwd=tmp_path).stdout)
    assert [*report["by_length"]] == ["4", "5", "6"]
    assert sum(of for _, of in report["by_length"].values()) == 60
    assert sum(right for right, _ in report["by_length"].values()) == 60 - report["misread"]
    done = run(*given, "--length", "4-5", "--out", "shorter", cwd=tmp_path)
    assert "pictures of 4 to 5 characters of" in done.stderr
    assert "has 6 characters, not 4 to 5" in done.stderr
    assert "captchas right by number of characters: 4: " in done.stdout
    error = error_of(run("fit", "--length", "5", cwd=tmp_path, status=2))
    assert "--length is for --captcha folder" in error
