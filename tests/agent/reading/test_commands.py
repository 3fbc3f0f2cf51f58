"""`capslice read` and `capslice evaluate` with what is known of the answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from capslice.models.sheet import write_sheet
from capslice.training.pictures import EllipseCaptcha, generate
from tests.commands import error_of, run_here
from tests.fuzz.models import ctc_card, ctc_model, ctc_picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A CTC model of two to five of "abAB01", and pictures that it can and cannot read."""
    (tmp_path / "ctc.onnx").write_bytes(ctc_model().SerializeToString())
    (tmp_path / "data").mkdir()
    paths = {"ab-1": "a-b", "AB-2": "A-B", "aB0": "a-b-0", "ab0123": "a-b-0-1", "aü": "a-b"}
    for name, path in paths.items():
        Image.fromarray(ctc_picture(path)).save(tmp_path / "data" / f"{name}.png")
    (tmp_path / "data" / "ab-3.png").write_bytes(b"no picture")
    (tmp_path / "data" / "notes.txt").write_text("notes")
    return tmp_path


MODEL = ("--model", "ctc.onnx")


def test_read_with_what_is_known(folder: Path) -> None:
    file = "data/aB0.png"
    for options, text in (
        ((), "ab0"),
        (("--length", "2-4", "--characters", "a-b"), "ab"),
        (("--characters", "A-B0-1", "--length", "3"), "0"),
        (("--case", "upper"), "AB0"),
    ):
        done = run_here("read", file, *MODEL, *options, "--json", cwd=folder)
        found = json.loads(done.stdout)
        assert text in found["text"]
        assert found["answer"] == found["text"]


def test_read_prints_the_value_of_a_sum(folder: Path) -> None:
    (folder / "sum.onnx").write_bytes(ctc_model(ctc_card(charset="12+-=?")).SerializeToString())
    for name, path in (("1+2", "a-A-b"), ("1+", "a-A")):
        Image.fromarray(ctc_picture(path)).save(folder / f"{name}.png")
    arguments = ("read", "1+2.png", "1+.png", "--model", "sum.onnx", "--answer", "sum")
    lines = run_here(*arguments, cwd=folder).stdout.splitlines()
    assert [line.split("\t")[1::2] for line in lines] == [["1+2", "3"], ["1+", "-"]]
    objects = map(json.loads, run_here(*arguments, "--json", cwd=folder).stdout.splitlines())
    assert [each["answer"] for each in objects] == ["3", None]


def test_evaluate_counts_what_cannot_be_read_as_wrong(folder: Path) -> None:
    done = run_here("evaluate", "data", *MODEL, "--json", cwd=folder)
    found = json.loads(done.stdout)
    assert (found["captchas_right"], found["pictures"]) == (2, 6)
    assert found["unreadable"] == {"longer": 1, "unknown": 1, "broken": 1}
    assert found["others"] == 1
    assert found["misread"] == [{"label": "B", "read": "b", "count": 1}]
    assert "no labelled pictures: 1 files" in done.stderr
    lines = run_here("evaluate", "data", *MODEL, cwd=folder).stdout.splitlines()
    assert lines[0].startswith("captchas right: 2 of 6, 0.33333")
    assert lines[1].startswith("not readable by this model, and so wrong: 3 (1 label longer than 5")


def test_evaluate_can_ignore_case(folder: Path) -> None:
    options = ("--case", "fold", "--json", "--sheet", "sheet.png")
    done = run_here("evaluate", "data", *MODEL, *options, cwd=folder)
    assert json.loads(done.stdout)["captchas_right"] == 3
    assert "sheet.png was not written: nothing was misread" in done.stderr
    run_here("evaluate", "data", *MODEL, "--alike", "bB", "--sheet", "sheet.png", cwd=folder)
    assert not (folder / "sheet.png").exists()
    run_here("evaluate", "data", *MODEL, "--sheet", "sheet.png", cwd=folder)
    assert (folder / "sheet.png").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--length", "6-4"), "Invalid value for '--length': '6-4' is wrong: give a number of"),
        (("--length", "0"), "Invalid value for '--length': '0' is wrong"),
        (("--length", "4\N{EN DASH}6"), "'4\N{EN DASH}6' is wrong: give a number of characters"),
        (("--length", "9"), "reads 2 to 5 characters, not 9: correct the length"),
        (("--characters", "z-a"), "Invalid value for '--characters': 'z-a' is wrong: the range"),
        (("--characters", "xyz"), "knows none of the characters xyz"),
        (("--case", "title"), "'title' is not one of 'keep', 'fold', 'lower', 'upper'"),
    ],
)
def test_what_cannot_be_known(options: tuple[str, str], said: str, folder: Path) -> None:
    for arguments in (("read", "data/aB0.png"), ("evaluate", "data")):
        done = run_here(*arguments, *MODEL, *options, status=2, cwd=folder)
        assert said in error_of(done)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--characters", "[a-b]"),
            "of the characters [a-b], the model does not know [ ], so it never reads them",
        ),
        (
            ("--characters", "+-a"),
            "in the characters +-a, +-a means all 55 from + to a: write a dash that means itself",
        ),
        (("--characters", "a-b0-1"), None),
        (("--characters", "ab", "--case", "upper"), None),
        (
            ("--characters", "B1-", "--case", "lower"),
            "of the characters B1-, the model does not know -, so",
        ),
        ((), None),
    ],
)
def test_odd_characters_bring_a_warning(
    options: tuple[str, ...], said: str | None, folder: Path
) -> None:
    for arguments in (("read", "data/aB0.png"), ("evaluate", "data")):
        done = run_here(*arguments, *MODEL, *options, cwd=folder)
        warnings = [line for line in done.stderr.splitlines() if " the characters " in line]
        assert len(warnings) == (said is not None)
        assert said is None or warnings[0].startswith(f"warning: {said}")


def test_the_sheet_of_sums_shows_what_was_read(folder: Path) -> None:
    (folder / "sum.onnx").write_bytes(ctc_model(ctc_card(charset="12+-=?")).SerializeToString())
    sums = folder / "sums"
    sums.mkdir()
    Image.fromarray(ctc_picture("a-A-b")).save(sums / "9.png")
    given = ("evaluate", "sums", "--model", "sum.onnx", "--answer", "sum", "--sheet", "sheet.png")
    done = run_here(*given, cwd=folder)
    assert done.stdout.startswith("values right: 0 of 1")
    picture = ctc_picture("a-A-b")
    write_sheet([(picture, [("9 read as 1+2", False)])], folder / "expected.png")
    assert (folder / "sheet.png").read_bytes() == (folder / "expected.png").read_bytes()


def test_a_folder_without_labelled_pictures(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    done = run_here("evaluate", tmp_path, status=2)
    assert "holds no labelled picture" in error_of(done)


def test_the_shipped_model_on_labels_of_another_length(
    captcha: EllipseCaptcha, tmp_path: Path
) -> None:
    for number, file in enumerate(generate(captcha, tmp_path, 10, np.random.default_rng(4))):
        if number < 4:
            file.rename(tmp_path / f"x{file.name}")
    done = run_here("evaluate", tmp_path, "--json")
    found = json.loads(done.stdout)
    assert (found["captchas_right"], found["pictures"]) == (6, 10)
    assert found["by_length"] == [
        {"length": 6, "right": 6, "of": 6},
        {"length": 7, "right": 0, "of": 4},
    ]
    assert found["position_accuracy"] == [1.0] * 6
