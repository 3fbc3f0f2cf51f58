"""What `capslice fit` takes from a folder: labels, and what a site said of other texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from capslice.errors import TrainingError
from capslice.models.labels import collected_name
from capslice.training.commands.fit_pictures import load_captcha_and_pictures
from capslice.training.pictures import Captcha, DataSet, Evidence
from tests.training.pictures.test_evidence import write
from tests.training.pictures.test_folder import fill


def loaded(
    folder: Path, *, characters: bool = False, strict: bool = False
) -> tuple[Captcha, DataSet | None, Evidence | None]:
    return load_captcha_and_pictures(
        "folder",
        folder,
        None,
        False,
        None,
        general=True,
        general_characters=characters,
        strict=strict,
    )


def test_a_folder_with_what_a_site_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(tmp_path, "ab.png", "ba.png", "a€-1.png", "collected.png")
    unlabelled = tmp_path / "collected.png"
    unlabelled = unlabelled.rename(tmp_path / collected_name(unlabelled.read_bytes()))
    write(tmp_path / "rejected.csv", (unlabelled.name, "ab"), ("ab.png", "bb"))
    write(tmp_path / "guessed.csv", (unlabelled.name, "bb"), (unlabelled.name, "xy"))
    captcha, pictures, evidence = loaded(tmp_path)
    assert (captcha.size, captcha.sizes, captcha.charset) == ((192, 64), "text", "ab€")
    assert pictures
    assert evidence
    assert evidence.rejected
    assert evidence.guessed
    assert (evidence.rejected.texts, evidence.guessed.texts) == (["ab"], ["bb"])
    assert "skipped 1 rows of rejected.csv or guessed.csv: guessed.csv: " in capsys.readouterr().err
    with pytest.raises(TrainingError, match=r"rows of rejected.csv"):
        loaded(tmp_path, strict=True)
    # A fit beside general drawings keeps the characters of the general reader.
    captcha, _, _ = loaded(tmp_path, characters=True)
    assert captcha.charset.endswith("=?€")
    assert captcha.usual == "ab€"
