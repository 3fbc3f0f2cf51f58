"""The reader: the shipped models read, and broken models are refused with an error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from capslice import Reader
from capslice.agent.reading.reader import AT_ONCE, cached_reader
from capslice.agent.settings import Model
from capslice.errors import ModelError
from capslice.models.card import SHIPPED
from capslice.models.tta import TTA_BELOW
from capslice.training.pictures import EllipseCaptcha, OriginalCaptcha, draw_set
from tests.fuzz.models import shipped_card, small_model

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


def test_a_shipped_model_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Reader(Path("original"))
    assert (original.card.captcha, original.card.charset) == ("original", "0123456789")
    assert Reader(Path("ellipses")).model == SHIPPED
    assert sum(model.stat().st_size for model in SHIPPED.parent.glob("*.onnx")) <= 8_000_000
    # A file of that name in the working directory comes first.
    monkeypatch.chdir(tmp_path)
    Path("original").write_bytes(b"no model")
    with pytest.raises(ModelError, match="original is not an ONNX file"):
        Reader(Path("original"))


def test_the_original_is_read_in_held_out_fonts() -> None:
    original = Reader(Path("original"))
    fresh = draw_set(OriginalCaptcha().held_out(), 1000, np.random.default_rng(77))
    codes = original.probabilities(fresh.pictures).argmax(-1)
    assert (codes == fresh.codes).all(-1).mean() >= 0.95


def test_a_reading(captcha: EllipseCaptcha, reader: Reader, rng: np.random.Generator) -> None:
    reading = reader.read(np.asarray(captcha.draw("234568", rng)))
    assert reading.text == "234568"
    assert len(reading.probabilities) == 6
    assert reading.confidence == pytest.approx(np.prod(reading.probabilities))
    assert 0.5 < reading.confidence <= 1


def test_a_batch_is_read_like_single_pictures(
    captcha: EllipseCaptcha, reader: Reader, rng: np.random.Generator
) -> None:
    pictures = draw_set(captcha, 10, rng).pictures
    many = reader.read_many(pictures)
    alone = [reader.read(picture) for picture in pictures]
    assert [reading.text for reading in many] == [reading.text for reading in alone]


def test_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Reader(tmp_path / "nowhere.onnx")


@pytest.mark.parametrize("content", [b"", b"not a model", SHIPPED.read_bytes()[:1000]])
def test_not_a_model(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"x\.onnx"):
        Reader(tmp_path / "x.onnx")


def saved(folder: Path, model: onnx.ModelProto) -> Path:
    (folder / "x.onnx").write_bytes(model.SerializeToString())
    return folder / "x.onnx"


def test_any_model_that_keeps_the_contract_is_read(tmp_path: Path, reader: Reader) -> None:
    other = Reader(saved(tmp_path, small_model(card=shipped_card())))
    pictures = np.zeros((3 * AT_ONCE + 1, 80, 310), np.uint8)
    assert other.probabilities(pictures).shape == (len(pictures), 6, 6)
    assert other.probabilities(pictures[:0]).shape == (0, 6, 6)


def test_large_batches_are_read_like_small_ones(
    captcha: EllipseCaptcha, reader: Reader, rng: np.random.Generator
) -> None:
    pictures = draw_set(captcha, AT_ONCE + 3, rng).pictures
    parts = [reader.probabilities(pictures[:7]), reader.probabilities(pictures[7:])]
    assert np.allclose(reader.probabilities(pictures), np.concatenate(parts), atol=1e-6)


def test_the_reader_applies_tta_where_it_is_unsure(
    captcha: EllipseCaptcha, reader: Reader, rng: np.random.Generator
) -> None:
    noise = rng.integers(0, 256, (3, 80, 310), np.uint8)
    pictures = np.concatenate([draw_set(captcha, 3, rng).pictures, noise])
    session = onnxruntime.InferenceSession(SHIPPED)

    def predict(rows: int, columns: int) -> NDArray[np.float32]:
        moved = np.roll(pictures, (rows, columns), axis=(1, 2))
        result: NDArray[np.float32] = session.run(None, {"image": moved})[0]
        return result

    once = predict(0, 0)
    assert reader.card.tta_below == TTA_BELOW
    sure = once.max(-1).prod(-1) >= TTA_BELOW
    assert sure.tolist() == [True] * 3 + [False] * 3
    mean = (once * predict(2, 2) * predict(-2, -2)) ** (1 / 3)
    expected = np.where(sure[:, np.newaxis, np.newaxis], once, mean / mean.sum(-1, keepdims=True))
    assert np.allclose(reader.probabilities(pictures), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"charset": "234566"}, "charset: each character must be printable"),
        ({"charset": "23456\n"}, "charset: each character must be printable"),
        ({"charset": "23456"}, "where its card promises"),
        ({"length": 5}, "where its card promises"),
        ({"width": 311}, "where its card promises"),
        ({"width": 10**9}, "`int` <= 2000 - at `$.width`"),
        ({"height": -80}, "`int` >= 1 - at `$.height`"),
        ({"temperature": float("inf")}, "a card that does not fit (JSON is malformed"),
        ({"captcha": "x" * 100_000}, "a card of more than 100,000 characters"),
    ],
)
def test_an_invalid_card(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    card = json.dumps({**json.loads(shipped_card()), **changes})
    with pytest.raises(ModelError, match="export") as caught:
        Reader(saved(tmp_path, small_model(card=card)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (None, "carries no capslice card"),
        ("", "a card that does not fit (Input data was truncated"),
        ('{"charset": 3}', "a card that does not fit"),
        ('{"charset": ' * 3000, "a card that does not fit ("),
    ],
)
def test_a_card_that_cannot_be_read(card: str | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"x\.onnx carries") as caught:
        Reader(saved(tmp_path, small_model(card=card)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"image": (TensorProto.FLOAT, ["n", 80, 310])}, "tensor(float)"),
        ({"image": (TensorProto.UINT8, ["n", 80, 310, 1])}, "is not an ONNX file that can be run"),
        ({"image": (TensorProto.UINT8, ["n", "h", "w"])}, "where its card promises"),
        ({"image": (TensorProto.UINT8, [1, 80, 310])}, "cannot be run"),
        ({"probabilities": (TensorProto.DOUBLE, ["n", 6, 6])}, "tensor(double)"),
    ],
)
def test_inputs_and_outputs_that_break_the_contract(
    declared: dict[str, tuple[int, list[object]]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"x\.onnx") as caught:
        Reader(saved(tmp_path, small_model(card=shipped_card(), **declared)))
    assert said in str(caught.value)


@pytest.mark.parametrize("weight", [float("nan"), float("inf")])
def test_weights_that_are_not_finite(weight: float, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="gives no probabilities"):
        Reader(saved(tmp_path, small_model(card=shipped_card(), weight=weight)))


def test_outputs_that_are_no_probabilities(tmp_path: Path) -> None:
    model = small_model(card=shipped_card())
    (softmax,) = (node for node in model.graph.node if node.op_type == "Softmax")
    softmax.op_type = "Hardmax"
    Reader(saved(tmp_path, model))
    softmax.op_type = "LogSoftmax"
    with pytest.raises(ModelError, match="gives no probabilities"):
        Reader(saved(tmp_path, model))


@pytest.mark.parametrize("what", ["negative", "one for all"])
def test_outputs_that_only_add_up_to_one(what: str, tmp_path: Path) -> None:
    model = small_model(card=shipped_card())
    model.graph.node[-1].output[0] = "before"
    if what == "negative":
        factors = np.array(
            [12, -6, 0, 0, 0, 0], np.float32
        )  # a blank picture gives six equal values
        model.graph.initializer.append(numpy_helper.from_array(factors, "factors"))
        last = helper.make_node("Mul", ["before", "factors"], ["probabilities"])
    else:
        model.graph.initializer.append(numpy_helper.from_array(np.array([0]), "pictures"))
        last = helper.make_node("ReduceMean", ["before", "pictures"], ["probabilities"])
    model.graph.node.append(last)
    with pytest.raises(ModelError, match=r"gives no probabilities of shape \(2, 6, 6\)"):
        Reader(saved(tmp_path, model))


def test_no_model_reads_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_model(card=shipped_card())
    (kernel,) = (tensor for tensor in model.graph.initializer if tensor.name == "kernel")
    (tmp_path / "private").write_bytes(kernel.raw_data)
    kernel.ClearField("raw_data")
    kernel.data_location = TensorProto.EXTERNAL
    kernel.external_data.add(key="location", value="private")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="names another file to read its weights from"):
        Reader(saved(tmp_path, model))


def test_a_cached_reader_is_loaded_again_only_if_its_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = saved(tmp_path, small_model(card=shipped_card()))
    model = Model(path=file)
    first = cached_reader(model)
    assert cached_reader(model) is first
    assert cached_reader(Model(path=file, min_confidence=0.5)) is first
    assert cached_reader(Model(path=file, characters="2")) is not first
    monkeypatch.chdir(tmp_path)
    assert cached_reader(Model(path=Path(file.name), threads=2)) is not first
    saved(tmp_path, small_model(card=shipped_card(captcha="another")))
    assert cached_reader(model).card.captcha == "another"
    assert cached_reader(Model(path=Path("ellipses"))) is cached_reader(
        Model(path=Path("ellipses"))
    )
    file.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        cached_reader(model)
