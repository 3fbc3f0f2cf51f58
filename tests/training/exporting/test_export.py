"""Exports of fits in miniature: equal to Keras, described by their card, and never half a file."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from capslice import Reader
from capslice.errors import ExportError, FitError
from capslice.models.card import METADATA_KEY, Card
from capslice.training.exporting.calibration import apply_temperature
from capslice.training.exporting.export import convert
from capslice.training.exporting.export import export as export_with_defaults
from capslice.training.exporting.int8 import quantise
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import load_reader
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.networks.reader import build_reader
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import EllipseCaptcha, Stream, VariedCaptcha
from tests.commands import run

# A network that cannot read yet is unsure of every picture, so TTA takes long.
export = partial(export_with_defaults, calibration_pictures=128)


def read_once(model: Path, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The probabilities of one pass through the network, without TTA."""
    result: NDArray[np.float32]
    (result,) = onnxruntime.InferenceSession(model).run(None, {"image": pictures})
    return result


@pytest.fixture(scope="module")
def exported(
    captcha: EllipseCaptcha, fitted: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Card, Path]:
    out = tmp_path_factory.mktemp("exported") / "model.onnx"
    return export(captcha, fitted, out, test_pictures=300, test_seed=5), out


def test_an_export_reads_like_keras(
    captcha: EllipseCaptcha, parts: Parts, fitted: Path, exported: tuple[Card, Path]
) -> None:
    card, out = exported
    assert Reader(out).card == card
    assert (card.charset, card.length, card.width, card.height) == ("234568", 6, 310, 80)
    assert card.accuracy.pictures == 300
    assert card.fonts == ("FreeSans Regular",)
    _, keras_reader = load_reader(captcha, fitted)
    apply_temperature(keras_reader, card.temperature)
    pictures = parts[2].pictures
    expected = keras_reader.predict(pictures, verbose=0)
    # 8 bits distinguish 256 values, and the errors of seven layers add up.
    assert np.abs(read_once(out, pictures) - expected).mean() <= 1e-2
    graph = onnx.load(out).graph
    kinds = {each.name: each.data_type for each in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "DequantizeLinear"]
    assert onnx.TensorProto.INT8 in {kinds.get(node.input[0]) for node in convolutions}


def test_an_export_in_floats_without_tta_equals_keras(
    captcha: EllipseCaptcha, parts: Parts, fitted: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model.onnx"
    card = export(captcha, fitted, out, test_pictures=64, numbers="float32", tta=False)
    assert Reader(out).card.numbers == "float32"
    assert card.tta_below == 0
    _, keras_reader = load_reader(captcha, fitted)
    apply_temperature(keras_reader, card.temperature)
    expected = keras_reader.predict(parts[2].pictures, verbose=0)
    assert np.abs(read_once(out, parts[2].pictures) - expected).max() <= 1e-5


def test_residual_sums_are_in_8_bits(captcha: EllipseCaptcha, parts: Parts) -> None:
    shape = NetworkShape(blocks=6, dense=8, filters=(4, 4, 8, 8, 8, 8), residual=True)
    reader = build_reader(captcha.size, captcha.slicings["equal"], 6, shape, "whole")
    graph = quantise(convert(reader), parts[2].pictures).graph
    made_by = {name: node for node in graph.node for name in node.output}
    sums = [
        {made_by[name].op_type if name in made_by else "constant" for name in node.input}
        for node in graph.node
        if node.op_type == "Add"
    ]
    assert sums.count({"DequantizeLinear"}) == 2
    assert all("constant" in terms for terms in sums if terms != {"DequantizeLinear"})


def test_no_file_where_8_bits_are_too_few(
    captcha: EllipseCaptcha, fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capslice.training.exporting.export.QUANTISED_TOLERANCE", -1.0)
    with pytest.raises(ExportError, match=r"in 8 bits .* export it with --float"):
        export(captcha, fitted, tmp_path / "model.onnx", test_pictures=64)
    assert not list(tmp_path.iterdir())


def test_the_accuracy_of_the_card(captcha: EllipseCaptcha, exported: tuple[Card, Path]) -> None:
    card, out = exported
    fresh = Stream(captcha, 5, 300).batch(300, 0)
    codes = read_once(out, fresh.pictures).argmax(-1)
    assert card.accuracy.characters_right == int((codes == fresh.codes).sum())
    assert card.accuracy.captchas_right == int((codes == fresh.codes).all(-1).sum())


def test_no_file_where_keras_and_onnx_runtime_differ(
    captcha: EllipseCaptcha, fitted: Path, tmp_path: Path
) -> None:
    # No two implementations agree to less than nothing.
    with pytest.raises(ExportError, match="was not written: Keras and ONNX Runtime differ"):
        export(captcha, fitted, tmp_path / "model.onnx", test_pictures=256, tolerance=-1.0)
    assert not list(tmp_path.iterdir())


def test_an_older_model_stays_whole_when_an_export_fails(
    captcha: EllipseCaptcha, fitted: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model.onnx"
    out.write_bytes(b"the older one")
    with pytest.raises(ExportError):
        export(captcha, fitted, out, test_pictures=256, tolerance=-1.0)
    assert out.read_bytes() == b"the older one"


def test_no_export_is_tested_on_the_pictures_of_its_fit(
    captcha: EllipseCaptcha, fitted: Path, tmp_path: Path, tiny: Recipe
) -> None:
    with pytest.raises(ExportError, match="choose another --test-seed"):
        export(captcha, fitted, tmp_path / "model.onnx", test_seed=tiny.seed)


def test_an_export_that_cannot_be_written(
    captcha: EllipseCaptcha, fitted: Path, tmp_path: Path
) -> None:
    (tmp_path / "model.onnx").mkdir()
    (tmp_path / "file").touch()
    for out in (tmp_path / "model.onnx", tmp_path / "file" / "model.onnx"):
        with pytest.raises(ExportError, match="cannot be written"):
            export(captcha, fitted, out, test_pictures=64)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "model.onnx"]


@pytest.mark.slow
def test_the_card_of_a_fit_to_varied_captchas(tmp_path: Path, tiny: Recipe) -> None:
    varied = VariedCaptcha()
    drawn = Stream(varied, 1, 32).batch(32, 0)
    fit(varied, Parts(Stream(varied, 1, 32), drawn, drawn), tiny, tmp_path / "fit")
    done = run(
        "export", tmp_path / "fit", "--out", tmp_path / "model.onnx", "--json",
        "--test-pictures", 64,
    )  # fmt: skip
    card = json.loads(done.stdout)
    assert card["captcha"] == "varied"
    assert "DejaVuSans" in card["fonts"]
    assert "Karla" not in card["fonts"]
    assert card["temperature"] >= 1
    assert card["accuracy"]["pictures"] == 64


def test_a_network_over_the_whole_picture(
    captcha: EllipseCaptcha, parts: Parts, tmp_path: Path, tiny: Recipe
) -> None:
    shape = NetworkShape(blocks=5, filters=(4, 4, 4, 4, 8), dense=8)
    recipe = tiny.model_copy(update={"networks": "whole", "shape": shape})
    fit(captcha, parts, recipe, tmp_path / "fit")
    out = tmp_path / "model.onnx"
    card = export(captcha, tmp_path / "fit", out, test_pictures=64, numbers="float32")
    assert card.networks == "whole"
    _, keras_reader = load_reader(captcha, tmp_path / "fit")
    apply_temperature(keras_reader, card.temperature)
    expected = keras_reader.predict(parts[2].pictures, verbose=0)
    assert np.abs(read_once(out, parts[2].pictures) - expected).max() <= 1e-4


def test_no_fit_there(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    with pytest.raises(FitError, match="no finished fit"):
        export(captcha, tmp_path, tmp_path / "model.onnx")
    (tmp_path / "resume.weights.h5").touch()
    with pytest.raises(FitError, match=r"a fit that was killed: continue it with `.* --resume`"):
        export(captcha, tmp_path, tmp_path / "model.onnx")


def test_the_card_is_in_the_files_metadata(exported: tuple[Card, Path]) -> None:
    _, out = exported
    model = onnx.load(out)
    assert [entry.key for entry in model.metadata_props] == [METADATA_KEY]
    assert model.opset_import[0].version == 18
