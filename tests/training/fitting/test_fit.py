"""Fitting and exporting for real, in miniature: repeatable, complete, and never half a file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from capslice import Reader
from capslice.errors import ExportError, FitError
from capslice.models.card import METADATA_KEY, Card
from capslice.training.exporting.calibration import cool
from capslice.training.exporting.export import convert
from capslice.training.exporting.export import export as export_as_shipped
from capslice.training.exporting.int8 import quantise
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import Fit, load_reader, read_history
from capslice.training.fitting.progress import tensorboard_log
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.networks.slices import NetworkShape, build_reader
from capslice.training.pictures import (
    EllipseCaptcha,
    SecurityImageCaptcha,
    Stream,
    VariedCaptcha,
    draw_set,
)
from tests.commands import run
from tests.training.cut_off import CutOff

# What a network makes of captchas before it can read takes a look and a second one at each.
export = partial(export_as_shipped, calibrated_by=128)

TINY = Recipe(shape=NetworkShape(blocks=4, dense=8, filters=(4, 4, 4, 4)), epochs=2, batch=32)


@pytest.fixture(scope="module")
def parts(captcha: EllipseCaptcha) -> Parts:
    rng = np.random.default_rng(1)
    return Parts(*draw_set(captcha, 200, rng).split(rng, (2, 1, 1)))


@pytest.fixture(scope="module")
def fitted(captcha: EllipseCaptcha, parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted") / "fit"
    fit(captcha, parts, TINY, folder, callbacks=[tensorboard_log(folder.parent / "logs")])
    return folder


def test_a_fit_keeps_all_that_there_is_to_keep(fitted: Path) -> None:
    result = Fit.load(fitted)
    assert (result.epochs, result.fitted_on, result.tested_on) == (2, 100, 50)
    history = (fitted / "history.csv").read_text().splitlines()
    assert len(history) == 3
    assert (fitted / "history.svg").read_text().startswith("<?xml")


def test_a_fit_as_json_says_how_good_it_is(fitted: Path) -> None:
    result = Fit.load(fitted)
    told = json.loads(json.dumps(result.as_json()))
    assert told["character_accuracy"] == result.character_accuracy
    assert told["captcha_accuracy"] == result.captchas_right / 50
    assert told["recipe"]["epochs"] == 2


def test_same_seed_same_weights(
    captcha: EllipseCaptcha, parts: Parts, fitted: Path, tmp_path: Path
) -> None:
    fit(captcha, parts, TINY, tmp_path / "again")
    fit(captcha, parts, TINY.model_copy(update={"seed": 2}), tmp_path / "other")
    first, again, other = (
        load_reader(captcha, folder)[1].get_weights()
        for folder in (fitted, tmp_path / "again", tmp_path / "other")
    )
    assert all(map(np.array_equal, first, again))
    assert not all(map(np.array_equal, first, other))


def test_the_best_weights_are_kept(captcha: EllipseCaptcha, parts: Parts, tmp_path: Path) -> None:
    # Steps this large make the loss jump about, so that the last epoch is not the best.
    wild = TINY.model_copy(update={"epochs": 8, "learning_rate": 0.05})
    result = fit(captcha, parts, wild, tmp_path)
    lines = [line.split(",") for line in (tmp_path / "history.csv").read_text().splitlines()]
    losses = [float(line[lines[0].index("val_loss")]) for line in lines[1:]]
    assert result.best_epoch == int(np.argmin(losses)) + 1
    _, reader = load_reader(captcha, tmp_path)
    probabilities = reader.predict(parts[1].pictures, verbose=0)
    right = np.take_along_axis(probabilities, parts[1].codes[..., np.newaxis], -1)
    assert -np.log(right).mean() == pytest.approx(min(losses), rel=1e-3)
    right = reader.predict(parts[2].pictures, verbose=0).argmax(-1) == parts[2].codes
    assert result.characters_right == tuple(right.sum(0))
    assert result.captchas_right == right.all(-1).sum()
    assert result.character_accuracy == pytest.approx(right.mean())


def test_a_streamed_fit_that_was_cut_off_ends_as_if_it_never_was(
    captcha: EllipseCaptcha, parts: Parts, tmp_path: Path
) -> None:
    recipe = TINY.model_copy(update={"epochs": 4})

    def streamed() -> Parts:
        return parts._replace(training=Stream(captcha, seed=1, epoch=96))

    whole = fit(captcha, streamed(), recipe, tmp_path / "whole")
    assert whole.fitted_on == 4 * 96
    with pytest.raises(RuntimeError):
        fit(captcha, streamed(), recipe, tmp_path / "cut", callbacks=[CutOff(2)])
    resumed = fit(captcha, streamed(), recipe, tmp_path / "cut", resume=True)
    assert resumed.epochs == 4
    histories = [read_history(tmp_path / name / "history.csv") for name in ("whole", "cut")]
    assert all(len(history.pop("seconds")) == 4 for history in histories)
    assert histories[0] == histories[1]
    weights = (load_reader(captcha, tmp_path / name)[1].get_weights() for name in ("whole", "cut"))
    assert all(map(np.array_equal, *weights))
    assert not list((tmp_path / "cut").glob("*resume*"))


@pytest.mark.slow
def test_a_taught_fit_keeps_a_reader_that_need_not_be_told(tmp_path: Path) -> None:
    captcha = SecurityImageCaptcha()
    rng = np.random.default_rng(1)
    drawn = draw_set(captcha, 200, rng).split(rng, (2, 1, 1))
    parts = Parts(*drawn)._replace(training=Stream(captcha, seed=1, epoch=96))
    shape = NetworkShape(blocks=5, dense=4, filters=(4, 4, 4, 4, 8), strided=2, normalised=True)
    recipe = Recipe(shape=shape, networks="whole", epochs=2, keep="last")
    with pytest.raises(RuntimeError):
        fit(captcha, parts, recipe, tmp_path / "taught", callbacks=[CutOff(1)])
    fit(captcha, parts, recipe, tmp_path / "taught", resume=True)
    alone = recipe.model_copy(update={"teach": 0})
    fit(captcha, parts, alone, tmp_path / "alone")
    losses = []
    for name in ("taught", "alone"):
        result, reader = load_reader(captcha, tmp_path / name)
        probabilities = reader.predict(parts.validation.pictures, verbose=0)
        right = np.take_along_axis(probabilities, parts.validation.codes[..., np.newaxis], -1)
        history = read_history(tmp_path / name / "history.csv")
        # What attention did not see is not counted where nobody learns.
        assert history["val_loss"][-1] == pytest.approx(-np.log(right).mean(), rel=1e-3)
        losses.append(history["loss"][0])
        right = reader.predict(parts.test.pictures, verbose=0).argmax(-1) == parts.test.codes
        assert result.captchas_right == right.all(-1).sum()
        assert result.characters_right == tuple(right.sum(0))
    assert losses[0] > losses[1] + 1


def test_logs_for_tensorboard(fitted: Path) -> None:
    losses = read_history(fitted / "history.csv")["val_loss"]
    logs = fitted.parent / "logs" / "validation"
    logged = EventAccumulator(str(logs), {"tensors": 0}).Reload()
    values = [tensor_util.make_ndarray(e.tensor_proto) for e in logged.Tensors("epoch_loss")]
    assert values == pytest.approx(losses)


def test_a_fit_goes_on_only_with_its_own_network(
    captcha: EllipseCaptcha, parts: Parts, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError):
        fit(captcha, parts, TINY, tmp_path, callbacks=[CutOff(1)])
    other = TINY.model_copy(update={"shape": NetworkShape(dense=9, filters=(4, 4, 4, 4))})
    with pytest.raises(FitError, match="of another recipe"):
        fit(captcha, parts, other, tmp_path, resume=True)
    assert fit(captcha, parts, TINY, tmp_path, resume=True).epochs == 2


def test_some_digits_alone(captcha: EllipseCaptcha, parts: Parts, tmp_path: Path) -> None:
    recipe = TINY.model_copy(update={"positions": (0,), "slices": "seed", "keep": "last"})
    fit(captcha, parts, recipe, tmp_path)
    _, reader = load_reader(captcha, tmp_path)
    assert reader.output_shape == (None, 1, 6)


def test_a_fit_is_not_lost_by_another(captcha: EllipseCaptcha, parts: Parts, fitted: Path) -> None:
    before = (fitted / "reader.weights.h5").read_bytes()
    with pytest.raises(FitError, match="--overwrite"):
        fit(captcha, parts, TINY, fitted)
    assert (fitted / "reader.weights.h5").read_bytes() == before


def test_ctrl_c_keeps_what_is_there(tmp_path: Path, captcha: EllipseCaptcha) -> None:
    command = [sys.executable, "-m", "capslice", "fit", "--count", "400", "--epochs", "999"]
    command += ["--filters", "4,4,4,4", "--dense", "8", "--out", str(tmp_path / "fit")]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        lines = []
        for line in run.stderr:
            lines.append(line)
            if line.startswith("epoch 2/999"):
                run.send_signal(signal.SIGINT)
                break
        stdout, stderr = run.communicate(timeout=120)
    assert run.returncode == 130, "".join(lines) + stderr
    assert "Traceback" not in stderr
    assert stdout.startswith("interrupted after ")
    result = Fit.load(tmp_path / "fit")
    assert result.interrupted
    assert result.epochs >= 2
    load_reader(captcha, tmp_path / "fit")


def looked_at(model: Path, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the network makes of each picture at one look."""
    result: NDArray[np.float32]
    (result,) = onnxruntime.InferenceSession(model).run(None, {"image": pictures})
    return result


@pytest.fixture(scope="module")
def exported(
    captcha: EllipseCaptcha, fitted: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Card, Path]:
    out = tmp_path_factory.mktemp("exported") / "model.onnx"
    return export(captcha, fitted, out, test_pictures=300, test_seed=5), out


def test_an_export_reads_as_keras_does(
    captcha: EllipseCaptcha, parts: Parts, fitted: Path, exported: tuple[Card, Path]
) -> None:
    card, out = exported
    assert Reader(out).card == card
    assert (card.charset, card.length, card.width, card.height) == ("234568", 6, 310, 80)
    assert card.accuracy.pictures == 300
    assert card.fonts == ("FreeSans Regular",)
    _, keras_reader = load_reader(captcha, fitted)
    cool(keras_reader, card.temperature)
    pictures = parts[2].pictures
    expected = keras_reader.predict(pictures, verbose=0)
    # Eight bits tell 256 values apart, and errors of seven layers add up.
    assert np.abs(looked_at(out, pictures) - expected).mean() <= 1e-2
    graph = onnx.load(out).graph
    kinds = {each.name: each.data_type for each in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "DequantizeLinear"]
    assert onnx.TensorProto.INT8 in {kinds.get(node.input[0]) for node in convolutions}


def test_an_export_in_floats_computes_what_keras_does(
    captcha: EllipseCaptcha, parts: Parts, fitted: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model.onnx"
    card = export(captcha, fitted, out, test_pictures=64, numbers="float32")
    assert Reader(out).card.numbers == "float32"
    _, keras_reader = load_reader(captcha, fitted)
    cool(keras_reader, card.temperature)
    expected = keras_reader.predict(parts[2].pictures, verbose=0)
    assert np.abs(looked_at(out, parts[2].pictures) - expected).max() <= 1e-5


def test_what_residual_blocks_add_is_in_eight_bits(captcha: EllipseCaptcha, parts: Parts) -> None:
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


def test_no_file_where_eight_bits_are_too_few(
    captcha: EllipseCaptcha, fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capslice.training.exporting.export.QUANTISED_TOLERANCE", -1.0)
    with pytest.raises(ExportError, match=r"in eight bits .* export it with --float"):
        export(captcha, fitted, tmp_path / "model.onnx", test_pictures=64)
    assert not list(tmp_path.iterdir())


def test_the_cards_accuracy_is_what_the_file_reads(
    captcha: EllipseCaptcha, exported: tuple[Card, Path]
) -> None:
    card, out = exported
    fresh = Stream(captcha, 5, 300).batch(300, 0)
    codes = looked_at(out, fresh.pictures).argmax(-1)
    assert card.accuracy.characters_right == int((codes == fresh.codes).sum())
    assert card.accuracy.captchas_right == int((codes == fresh.codes).all(-1).sum())


def test_no_file_where_the_two_differ(
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
    captcha: EllipseCaptcha, fitted: Path, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match="choose another --test-seed"):
        export(captcha, fitted, tmp_path / "model.onnx", test_seed=TINY.seed)


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
def test_a_fit_to_varied_captchas_says_so_on_its_card(tmp_path: Path) -> None:
    varied = VariedCaptcha()
    drawn = Stream(varied, 1, 32).batch(32, 0)
    fit(varied, Parts(Stream(varied, 1, 32), drawn, drawn), TINY, tmp_path / "fit")
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
    captcha: EllipseCaptcha, parts: Parts, tmp_path: Path
) -> None:
    shape = NetworkShape(blocks=5, filters=(4, 4, 4, 4, 8), dense=8)
    recipe = TINY.model_copy(update={"networks": "whole", "shape": shape})
    fit(captcha, parts, recipe, tmp_path / "fit")
    out = tmp_path / "model.onnx"
    card = export(captcha, tmp_path / "fit", out, test_pictures=64, numbers="float32")
    assert card.networks == "whole"
    _, keras_reader = load_reader(captcha, tmp_path / "fit")
    cool(keras_reader, card.temperature)
    expected = keras_reader.predict(parts[2].pictures, verbose=0)
    assert np.abs(looked_at(out, parts[2].pictures) - expected).max() <= 1e-4


def test_no_fit_there(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    with pytest.raises(FitError, match="no finished fit"):
        export(captcha, tmp_path, tmp_path / "model.onnx")


def test_weights_of_another_network(captcha: EllipseCaptcha, fitted: Path, tmp_path: Path) -> None:
    content = json.loads((fitted / "fit.json").read_text())
    content["recipe"]["shape"]["dense"] = 9
    (tmp_path / "fit.json").write_text(json.dumps(content))
    (tmp_path / "reader.weights.h5").write_bytes((fitted / "reader.weights.h5").read_bytes())
    with pytest.raises(FitError, match="does not fit its recipe"):
        load_reader(captcha, tmp_path)


def test_the_card_is_in_the_files_metadata(exported: tuple[Card, Path]) -> None:
    _, out = exported
    model = onnx.load(out)
    assert [entry.key for entry in model.metadata_props] == [METADATA_KEY]
    assert model.opset_import[0].version == 18
