"""Counting right readings over a labelled folder: of all its pictures, also unreadable ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capslice import Reader
from capslice.agent.reading.evaluation import WORST, Evaluation, Read, evaluate
from capslice.errors import PictureError
from capslice.models.decoding import Decoder, Known
from capslice.models.decoding.known import NOTHING_KNOWN
from capslice.models.intervals import wilson
from capslice.models.labels import labels_of
from capslice.training.pictures import EllipseCaptcha, generate
from tests.fuzz.models import ctc_card, ctc_model, ctc_picture

BLANK = np.zeros((80, 310), np.uint8)
FILE = Path("a.png")


def test_a_wrong_label_is_found(captcha: EllipseCaptcha, reader: Reader, tmp_path: Path) -> None:
    files = list(generate(captcha, tmp_path, 300, np.random.default_rng(3)))
    true = files[0].name[0]
    label = "2" if true != "2" else "3"
    files[0].rename(tmp_path / f"{label}{files[0].name[1:]}")
    (tmp_path / "notes.txt").write_text("")
    result = evaluate(reader, labels_of(tmp_path).items())
    assert (result.pictures, result.others, result.characters) == (300, 1, 1800)
    assert result.worst[0].label[0] == label
    assert result.worst[0].text[0] == true
    assert result.misreadings.pairs[label, true] >= 1
    assert result.misreadings.pairs.total() == 1800 - result.characters_right
    assert result.positions.sum() == result.characters_right
    assert result.positions[0] <= 299


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "webp", "bmp"])
def test_pictures_of_every_format(
    kind: str, captcha: EllipseCaptcha, reader: Reader, tmp_path: Path, rng: np.random.Generator
) -> None:
    options = {"quality": 95} if kind in ("jpg", "webp") else {}
    for number in range(3):
        captcha.draw("234568", rng).save(tmp_path / f"234568-{number}.{kind}", **options)
    result = evaluate(reader, labels_of(tmp_path).items())
    assert (result.pictures, result.captchas_right) == (3, 3)


def evaluation(*, known: Known = NOTHING_KNOWN, **given: object) -> Evaluation:
    """An evaluation of a CTC model that reads two to four of these characters."""
    decoder = Decoder("abAB0O", 2, 4, ctc=True, known=known)
    return Evaluation(decoder, **given)  # type: ignore[arg-type]


def test_calibration_of_a_known_case() -> None:
    result = Evaluation(Decoder("abc", 1, 1), min_confidence=0.7)
    for text in "a" * 60 + "b" * 40:
        result.count(FILE, Read(BLANK, "a", text, 0.8))
    assert result.captchas_right == 60
    assert (result.answered, result.answered_right) == (100, 60)
    assert result.reliability.calibration_error == pytest.approx(0.2)
    (only,) = result.as_json()["calibration"]
    assert only == pytest.approx({"pictures": 100, "confidence": 0.8, "accuracy": 0.6})
    assert result.misreadings.pairs == {("a", "b"): 40}
    assert len(result.worst) == WORST
    result.count(FILE, Read(BLANK, "a", "a", 0.6))
    assert (result.pictures, result.captchas_right) == (101, 61)
    assert (result.answered, result.answered_right) == (100, 60)


@given(st.lists(st.tuples(*[st.text("abAB0O", min_size=1, max_size=5)] * 2), min_size=1))
def test_counts_of_texts_of_any_length(pairs: list[tuple[str, str]]) -> None:
    result = evaluation()
    for label, text in pairs:
        possible = 2 <= len(label) <= 4
        result.count(FILE, Read(BLANK, label, text, 0.5, possible, float(len(text))))
    counts = result.as_json()
    right = sum(label == text for label, text in pairs)
    assert (counts["pictures"], counts["captchas_right"]) == (len(pairs), right)
    assert sum(each["of"] for each in counts["by_length"]) == len(pairs)
    assert sum(each["right"] for each in counts["by_length"]) == right
    assert result.characters == sum(len(label) for label, _ in pairs)
    assert result.characters_right <= result.characters
    assert counts["position_accuracy"] is None
    surprises = [each.surprise for each in result.worst]
    assert surprises == sorted(surprises, reverse=True)
    assert sum(counts["unreadable"].values()) + result.misreadings.pictures == len(pairs) - right
    assert str(result)


def test_what_cannot_be_read_counts_as_wrong() -> None:
    result = evaluation()
    for label in ("ab", "ab0", "abABO", "abABa", "a", "aß", "äß"):
        readable = label in ("ab", "ab0")
        result.count(Path(f"{label}.png"), Read(BLANK, label, "ab", 0.99, readable))
    result.count_broken("ab", PictureError("x.png is not a picture"))
    assert (result.captchas_right, result.pictures) == (1, 8)
    assert result.as_json()["unreadable"] == {"longer": 2, "shorter": 1, "unknown": 2, "broken": 1}
    lines = str(result).splitlines()
    assert lines[0].startswith("captchas right: 1 of 8, 0.12500 (95 % interval")
    assert lines[1] == (
        "not readable by this model, and so wrong: 6 (2 labels longer than 4, 1 label shorter "
        "than 2, 2 labels with characters that it does not read (ß, ä), 1 picture broken)"
    )
    assert lines[2] == "  abABO.png: its label 'abABO' is not 2 to 4 of abAB0O"
    assert lines[7] == "  and 1 more"
    assert "captchas right, by length: 1: 0 of 1, 2: 1 of 4, 3: 0 of 1, 5: 0 of 2" in lines
    assert "misread: 0 missed (1)" in lines


@pytest.mark.parametrize(
    ("known", "alike", "label", "text", "right"),
    [
        (Known(), (), "aB", "ab", False),
        (Known(case="fold"), (), "aB", "ab", True),
        (Known(case="lower"), (), "aB", "ab", False),
        (Known(), ("0O",), "aO", "a0", True),
        (Known(), ("0O", "bB"), "OB", "0b", True),
        (Known(), ("0O",), "aO", "ab", False),
        (Known(case="fold"), ("0O",), "aO", "A0", True),
    ],
)
def test_case_and_characters_that_count_as_one(
    known: Known, alike: tuple[str, ...], label: str, text: str, right: bool
) -> None:
    result = evaluation(known=known, alike=alike)
    result.count(FILE, Read(BLANK, label, text, 0.9))
    assert bool(result.captchas_right) is right
    assert (result.characters_right == len(label)) is right


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("aB", "ab")] * 5, "5 of 5 misread pictures differ in the case of letters alone"),
        (
            [("a0", "aO")] * 9 + [("aa", "bb")],
            "9 of 10 misread pictures differ in 0, O and o alone",
        ),
        ([("a0", "aO")] * 8 + [("aa", "bb")], None),
        ([("aB", "ab")] * 4, None),
        ([("aI", "al")] * 6, "--alike 1Il"),
    ],
)
def test_misreadings_of_one_sort(pairs: list[tuple[str, str]], said: str | None) -> None:
    result = evaluation()
    for label, text in pairs:
        result.count(FILE, Read(BLANK, label, text, 0.5))
    hint = result.as_json()["hint"]
    assert (said in hint if said else not hint) if hint else said is None
    assert ("hint: " in str(result)) is bool(said)


def test_only_broken_pictures() -> None:
    result = evaluation()
    result.count_broken("ab", PictureError("x.png is not a picture"))
    assert result.as_json()["calibration_error"] is None
    assert "calibration" not in str(result)


def test_a_folder_of_a_model_of_any_length(tmp_path: Path) -> None:
    (tmp_path / "ctc.onnx").write_bytes(ctc_model().SerializeToString())
    folder = tmp_path / "data"
    folder.mkdir()
    for name, path in (
        ("ab-1", "a-b"), ("aA0", "aA0"), ("0110", "0-1-1-0"), ("AB-2", "A-b"), ("abcd", "ab")
    ):  # fmt: skip
        Image.fromarray(ctc_picture(path)).save(folder / f"{name}.png")
    result = evaluate(Reader(tmp_path / "ctc.onnx"), labels_of(folder).items(), 0.9)
    assert (result.pictures, result.captchas_right, result.answered) == (5, 3, 5)
    assert result.misreadings.pairs == {("B", "b"): 1}
    assert (result.worst[0].label, result.worst[0].text) == ("AB", "Ab")
    assert 2 < result.worst[0].surprise < 20
    folded = Reader(tmp_path / "ctc.onnx", known=Known(case="fold"))
    assert evaluate(folded, labels_of(folder).items()).captchas_right == 4


@pytest.fixture
def sums(tmp_path: Path) -> Path:
    """A model of sums, and pictures with their labels in the folder `data`."""
    model, folder = tmp_path / "ctc.onnx", tmp_path / "data"
    model.write_bytes(ctc_model(ctc_card(charset="12+-=?")).SerializeToString())
    folder.mkdir()
    # These rows of the picture stand for other characters here: "a" for 1, "b" for 2, "A" for +.
    for name, path in (
        ("3", "a-A-b"), ("1+1=", "a-A-a-0"), ("2+2", "a-A-b"), ("2", "A-b"), ("1+2=", "a-A-b-0-1"),
        ("5", "a-A-b"), ("hello", "a-A-b"), ("12+4", "a-A-b")
    ):  # fmt: skip
        Image.fromarray(ctc_picture(path)).save(folder / f"{name}.png")
    return model


def test_sums_are_right_if_their_values_are(sums: Path) -> None:
    result = evaluate(Reader(sums, answer="sum"), labels_of(sums.parent / "data").items())
    assert (result.pictures, result.captchas_right, result.no_sum) == (8, 3, 1)
    assert result.unreadable.counts == {"no_sum": 1, "unknown": 1}
    assert {(each.label, each.text) for each in result.worst} == {
        *(("2+2", "1+2"), ("2", "+2"), ("5", "1+2"))
    }
    # A value may be that of any text but the one that was read.
    for each in result.worst:
        assert each.surprise > 0
        if each.label in "25":
            assert each.surprise == pytest.approx(-np.log(1 - each.confidence))
    surprises = [each.surprise for each in result.worst]
    assert surprises == sorted(surprises, reverse=True)


def test_characters_of_sums_are_compared_and_digits_of_values_are_not(sums: Path) -> None:
    result = evaluate(Reader(sums, answer="sum"), labels_of(sums.parent / "data").items())
    assert result.misreadings.pairs == {("2", "1"): 1}
    assert result.characters == len("1+1=2+21+2=12+4")
    lines = str(result).splitlines()
    assert lines[0].startswith("values right: 3 of 8, 0.37500")
    assert "(1 label with characters that it does not read (4), 1 label without a sum)" in lines[1]
    assert any(line.endswith("its label 'hello' is no sum and no value") for line in lines)
    assert "readings that are no sum: 1" in lines
    assert "misread: 2 as 1 (1)" in lines
    assert "values right, by length: 3: 0 of 1, 4: 2 of 3" in lines


def test_labels_that_are_all_values(sums: Path) -> None:
    files = {file: text for file, text in labels_of(sums.parent / "data").items() if len(text) == 1}
    result = evaluate(Reader(sums, answer="sum"), files.items())
    found = result.as_json()
    assert (found["pictures"], found["captchas_right"], found["no_sum"]) == (3, 1, 1)
    assert (found["character_accuracy"], found["character_interval"]) == (None, None)
    assert (found["by_length"], found["misread"]) == ([], [])
    assert not [line for line in str(result).splitlines() if line.startswith(("char", "misread"))]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["1+1=", "2+2"], "2 of the labels are sums: to read sums, give --answer sum, or"),
        (["1+1=", "hello"], "1 of the labels are sums"),
        (["1*1", "12", "+2", "abc+1"], None),
    ],
)
def test_how_to_read_labels_that_are_sums(labels: list[str], said: str | None) -> None:
    result = Evaluation(Decoder("12+-=?", 2, 5, ctc=True, usual="12"))
    for label in labels:
        result.count(FILE, Read(BLANK, label, "12", 0.5, set(label) <= set("12")))
    hint = result.as_json()["hint"]
    assert hint is None if said is None else said in (hint or "")
    assert ("hint: " in str(result)) is bool(said)


def test_wilson_interval_of_published_cases() -> None:
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
