"""The reader reads the most probable text under what is known, with both kinds of models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capslice import Reader
from capslice.agent.settings import Model
from capslice.errors import ConfigurationError
from capslice.models.decoding import Known
from tests.fuzz.models import ctc_card, ctc_model, ctc_picture


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("ctc"))


def saved(folder: Path, **card: object) -> Path:
    file = folder / "ctc.onnx"
    file.write_bytes(ctc_model(ctc_card(**card)).SerializeToString())
    return file


@pytest.mark.parametrize(
    ("path", "text"), [("-a--b", "ab"), ("aa-aa-0011", "aa01"), ("A-b-A-b-A", "AbAbA")]
)
def test_texts_of_any_length_on_the_card(path: str, text: str, model: Path) -> None:
    reading = Reader(model).read(ctc_picture(path))
    assert (reading.text, reading.answer) == (text, text)
    assert len(reading.probabilities) == len(text)
    assert 0.9 < reading.confidence <= np.prod(reading.probabilities) + 1e-12


def test_a_batch_is_read_like_single_pictures(model: Path) -> None:
    reader = Reader(model)
    pictures = [ctc_picture(path) for path in ("-a--b", "A-A-A", "0-1-0-1")]
    assert reader.read_many(np.stack(pictures)) == [reader.read(each) for each in pictures]
    assert reader.read_many(np.stack(pictures)[:0]) == []


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "aA0"),
        ({"length": "2-3"}, "aA0"),
        ({"characters": "abAB"}, "aA"),
        ({"characters": "0-9", "length": 2}, "0"),
        ({"case": "lower"}, "aa0"),
        ({"case": "fold"}, "aa0"),
        ({"case": "upper"}, "AA0"),
        ({"case": "upper", "characters": "a-b", "length": "2-5"}, "AA"),
    ],
)
def test_what_the_settings_know(settings: dict[str, object], text: str, model: Path) -> None:
    reader = Reader.of(Model.model_validate({"path": model, **settings}))
    reading = reader.read(ctc_picture("-a-A-0"))
    assert text in reading.text
    assert reader.decoder.can_give(reading.text)


def test_the_characters_of_the_card_are_the_default(tmp_path: Path) -> None:
    file = saved(tmp_path, characters="ab01")
    picture = ctc_picture("-a-A-0-1")
    assert Reader(file).read(picture).text == "a01"
    assert Reader(file, known=Known.parse(characters="abAB01")).read(picture).text == "aA01"


def test_a_model_of_positions_keeps_to_what_is_known(reader: Reader) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (4, 80, 310), np.uint8)
    restricted = Reader(known=Known.parse("4-6", "2-3"))
    outputs = restricted.probabilities(pictures)
    for output, reading in zip(outputs, restricted.read_many(pictures), strict=True):
        allowed = output[:, ["234568".index(each) for each in "23"]]
        assert reading.text == "".join("23"[each] for each in allowed.argmax(-1))
        shares = allowed.max(-1) / allowed.sum(-1)
        assert reading.confidence == pytest.approx(shares.prod(dtype=float), rel=1e-4)
    for reading, probabilities in zip(
        reader.read_many(pictures), reader.probabilities(pictures), strict=True
    ):
        assert reading.probabilities == tuple(map(float, probabilities.max(-1)))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"length": 4}, "reads 6 characters, not 4: correct the length, or name another model"),
        ({"length": "7-9"}, "reads 6 characters, not 7 to 9: correct the length"),
        ({"characters": "xyz"}, "knows none of the characters xyz: correct the characters"),
    ],
)
def test_what_the_shipped_model_cannot_read(known: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"model .*ellipses\.onnx") as caught:
        Reader.of(Model.model_validate(known))
    assert said in str(caught.value)


def test_equal_characters_that_have_no_room(model: Path, tmp_path: Path) -> None:
    # Between two of them must be nothing, so that twelve columns have room for six.
    assert Reader(model, known=Known(5, 5, "a")).read(ctc_picture("b-b")).text == "aaaaa"
    seven = saved(tmp_path, shortest=7, length=7)
    assert len(Reader(seven).read(ctc_picture("b-b")).text) == 7
    with pytest.raises(ConfigurationError, match="has no room for 7 equal characters"):
        Reader(seven, known=Known(characters="a"))


def test_the_value_of_a_sum_is_the_answer(tmp_path: Path) -> None:
    file = saved(tmp_path, charset="12+-=?")
    reader = Reader.of(Model(path=file, answer="sum"))
    shown = {"1": "a", "2": "b", "+": "A", "-": "B", "=": "0", "?": "1"}

    def answer(text: str) -> tuple[str, str | None]:
        reading = reader.read(ctc_picture("".join(f"{shown[each]}-" for each in text)))
        return reading.text, reading.answer

    assert answer("12+2=") == ("12+2=", "14")
    assert answer("1-22") == ("1-22", "-21")
    assert answer("1+-2") == ("1+-2", None)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"characters": "1-2=?"}, "none of its possible characters is a sign such as +"),
        ({"characters": "+X?", "case": "upper"}, "none of its possible characters is a digit"),
        ({"length": 2}, "its texts have at most 2 characters"),
    ],
)
def test_a_sum_that_is_not_possible(known: dict[str, object], said: str, tmp_path: Path) -> None:
    file = saved(tmp_path, charset="12+x=?")
    with pytest.raises(ConfigurationError) as caught:
        Reader.of(Model.model_validate({"path": file, "answer": "sum", **known}))
    assert f"model {file} reads no sums, because {said}: correct the answer or the" in str(
        caught.value
    )


def test_a_model_that_knows_no_sums() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Reader(answer="sum")
    assert str(caught.value).partition(".onnx ")[2] == (
        "reads no sums, because none of its possible characters is a sign such as +: correct the "
        "answer or the characters, or name another model"
    )


def test_a_wrong_answer_is_a_possible_text(model: Path) -> None:
    for known in (Known(), Known.parse("2-3", "A-B"), Known.parse(case="fold")):
        reader = Reader(model, known=known)
        reading = reader.read(ctc_picture("-a-A-0"))
        other = reader.wrong_answer(reading)
        assert reader.decoder.can_give(other)
        assert all(a.casefold() != b.casefold() for a, b in zip(reading.text, other, strict=True))


def test_an_unsure_ctc_model_uses_tta(tmp_path: Path) -> None:
    # Moved down by one row, each character becomes the next in the charset, and the blank "a".
    once = Reader(saved(tmp_path, tta_below=0.0)).probabilities(ctc_picture("-a-b")[np.newaxis])
    reader = Reader(saved(tmp_path, tta_below=1.0, tta_moves=((1, 0),)))
    twice = reader.probabilities(ctc_picture("-a-b")[np.newaxis])
    mean = np.sqrt(once * np.roll(once, 1, axis=-1))
    assert np.allclose(twice, mean / mean.sum(-1, keepdims=True), atol=1e-5)
    sure = Reader(saved(tmp_path, tta_below=0.5, tta_moves=((1, 0),)))
    assert np.array_equal(sure.probabilities(ctc_picture("-a-b")[np.newaxis]), once)
