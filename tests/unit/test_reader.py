"""The reader: the shipped model reads, and what is no picture or no model is said to be none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from agent import Reader
from agent.errors import ModelError
from models.card import METADATA_KEY, SHIPPED
from training.pictures import EllipseCaptcha, draw_set

SHIPPED_READER = Reader()


def test_the_shipped_model_reads_99_percent(captcha: EllipseCaptcha, reader: Reader) -> None:
    fresh = draw_set(captcha, 2000, np.random.default_rng(77))
    codes = reader.probabilities(fresh.pictures).argmax(-1)
    assert (codes == fresh.codes).all(-1).mean() >= 0.99


def test_the_shipped_card_says_at_most_10_wrong_of_100000() -> None:
    accuracy = SHIPPED_READER.card.accuracy
    assert accuracy.pictures >= 100_000
    assert accuracy.pictures - accuracy.captchas_right <= 10
    assert SHIPPED.stat().st_size <= 500_000


def test_a_reading(captcha: EllipseCaptcha, reader: Reader, rng: np.random.Generator) -> None:
    reading = reader.read(np.asarray(captcha.draw("234568", rng)))
    assert reading.text == "234568"
    assert len(reading.digits) == 6
    assert reading.confidence == pytest.approx(np.prod(reading.digits))
    assert 0.5 < reading.confidence <= 1


def test_many_read_as_one_by_one(
    captcha: EllipseCaptcha, reader: Reader, rng: np.random.Generator
) -> None:
    pictures = draw_set(captcha, 10, rng).pictures
    many = reader.read_many(pictures)
    alone = [reader.read(picture) for picture in pictures]
    assert [reading.text for reading in many] == [reading.text for reading in alone]


def test_no_such_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Reader(tmp_path / "nowhere.onnx")


@pytest.mark.parametrize("content", [b"", b"not a model", SHIPPED.read_bytes()[:1000]])
def test_not_a_model(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"x\.onnx"):
        Reader(tmp_path / "x.onnx")


def foreign_model(path: Path, length: int, card: str | None) -> Path:
    """A model whose every probability is a half, of the given output length."""
    half = helper.make_tensor("half", TensorProto.FLOAT, [1], [0.5])
    nodes = [
        helper.make_node("ReduceMax", ["image", "axes"], ["top"], keepdims=1),
        helper.make_node("Cast", ["top"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Expand", ["float", "shape"], ["wide"]),
        helper.make_node("Mul", ["wide", "half"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", 80, 310])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", length, 6])],
        [
            half,
            helper.make_tensor("axes", TensorProto.INT64, [2], [1, 2]),
            helper.make_tensor("shape", TensorProto.INT64, [3], [1, length, 6]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if card is not None:
        helper.set_model_props(model, {METADATA_KEY: card})
    onnx.save(model, path)
    return path


def test_a_model_without_a_card(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="carries no capslice card"):
        Reader(foreign_model(tmp_path / "x.onnx", 6, None))


def test_a_model_with_a_broken_card(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="a card that does not fit"):
        Reader(foreign_model(tmp_path / "x.onnx", 6, '{"charset": 3}'))


def test_a_model_that_breaks_its_cards_promise(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="where its card promises"):
        Reader(foreign_model(tmp_path / "x.onnx", 5, SHIPPED_READER.card.model_dump_json()))
