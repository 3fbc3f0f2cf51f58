"""Fits in miniature: repeatable, resumable, complete, and never lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from capslice.errors import FitError
from capslice.training.fitting.data_sources import DataSource
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import Fit, load_reader, read_history
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import EllipseCaptcha, SecurityImageCaptcha, Stream, draw_set
from tests.training.cut_off import CutOff
from tests.training.random_pictures import CAPTCHA, RECIPE, random_pictures


def test_the_folder_of_a_fit(fitted: Path) -> None:
    result = Fit.load(fitted)
    assert (result.epochs, result.fitted_on, result.tested_on) == (2, 100, 50)
    history = (fitted / "history.csv").read_text().splitlines()
    assert len(history) == 3
    assert (fitted / "history.svg").read_text().startswith("<?xml")


def test_a_fit_as_json(fitted: Path) -> None:
    result = Fit.load(fitted)
    report = json.loads(json.dumps(result.as_json()))
    assert report["character_accuracy"] == result.character_accuracy
    assert report["captcha_accuracy"] == result.captchas_right / 50
    assert report["recipe"]["epochs"] == 2


def test_same_seed_same_weights(
    captcha: EllipseCaptcha, parts: Parts, fitted: Path, tmp_path: Path, tiny: Recipe
) -> None:
    fit(captcha, parts, tiny, tmp_path / "again")
    fit(captcha, parts, tiny.model_copy(update={"seed": 2}), tmp_path / "other")
    first, again, other = (
        load_reader(captcha, folder)[1].get_weights()
        for folder in (fitted, tmp_path / "again", tmp_path / "other")
    )
    assert all(map(np.array_equal, first, again))
    assert not all(map(np.array_equal, first, other))


def test_the_best_weights_are_kept(
    captcha: EllipseCaptcha, parts: Parts, tmp_path: Path, tiny: Recipe
) -> None:
    # Steps this large make the loss jump, so that the last epoch is not the best.
    jumpy = tiny.model_copy(update={"epochs": 8, "learning_rate": 0.05})
    result = fit(captcha, parts, jumpy, tmp_path)
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


def test_a_resumed_stream_ends_like_an_uninterrupted_one(
    captcha: EllipseCaptcha, parts: Parts, tmp_path: Path, tiny: Recipe
) -> None:
    recipe = tiny.model_copy(update={"epochs": 4})

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
def test_attention_supervision_leaves_the_reader_as_it_is(tmp_path: Path) -> None:
    captcha = SecurityImageCaptcha()
    rng = np.random.default_rng(1)
    drawn = draw_set(captcha, 200, rng).split(rng, (2, 1, 1))
    parts = Parts(*drawn)._replace(training=Stream(captcha, seed=1, epoch=96))
    shape = NetworkShape(
        blocks=5, dense=4, filters=(4, 4, 4, 4, 8), strided_blocks=2, batch_norm=True
    )
    recipe = Recipe(shape=shape, networks="whole", epochs=2, keep="last")
    with pytest.raises(RuntimeError):
        fit(captcha, parts, recipe, tmp_path / "supervised", callbacks=[CutOff(1)])
    fit(captcha, parts, recipe, tmp_path / "supervised", resume=True)
    alone = recipe.model_copy(update={"attention_supervision": 0})
    fit(captcha, parts, alone, tmp_path / "alone")
    losses = []
    for name in ("supervised", "alone"):
        result, reader = load_reader(captcha, tmp_path / name)
        probabilities = reader.predict(parts.validation.pictures, verbose=0)
        right = np.take_along_axis(probabilities, parts.validation.codes[..., np.newaxis], -1)
        history = read_history(tmp_path / name / "history.csv")
        # The validation loss leaves out the loss of the attention.
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


def test_no_resume_with_another_network(
    captcha: EllipseCaptcha, parts: Parts, tmp_path: Path, tiny: Recipe
) -> None:
    with pytest.raises(RuntimeError):
        fit(captcha, parts, tiny, tmp_path, callbacks=[CutOff(1)])
    other = tiny.model_copy(update={"shape": NetworkShape(dense=9, filters=(4, 4, 4, 4))})
    with pytest.raises(FitError, match="of another recipe"):
        fit(captcha, parts, other, tmp_path, resume=True)
    assert fit(captcha, parts, tiny, tmp_path, resume=True).epochs == 2


def test_a_fit_to_one_position(
    captcha: EllipseCaptcha, parts: Parts, tmp_path: Path, tiny: Recipe
) -> None:
    recipe = tiny.model_copy(update={"positions": (0,), "slices": "seed", "keep": "last"})
    fit(captcha, parts, recipe, tmp_path)
    _, reader = load_reader(captcha, tmp_path)
    assert reader.output_shape == (None, 1, 6)


def test_no_fit_replaces_another_by_accident(
    captcha: EllipseCaptcha, parts: Parts, fitted: Path, tiny: Recipe
) -> None:
    before = (fitted / "reader.weights.h5").read_bytes()
    with pytest.raises(FitError, match="--overwrite"):
        fit(captcha, parts, tiny, fitted)
    assert (fitted / "reader.weights.h5").read_bytes() == before


@pytest.mark.parametrize(
    ("sent", "status"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_ctrl_c_keeps_the_fit(
    sent: signal.Signals, status: int, tmp_path: Path, captcha: EllipseCaptcha
) -> None:
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
                run.send_signal(sent)
                break
        stdout, stderr = run.communicate(timeout=120)
    assert run.returncode == status, "".join(lines) + stderr
    assert "Traceback" not in stderr
    assert lines[0] == "loading TensorFlow, which takes some seconds\n"
    assert stdout.startswith("interrupted after ")
    assert "of 999: --resume continues it" in stdout
    result = Fit.load(tmp_path / "fit")
    assert result.interrupted
    assert result.epochs >= 2
    load_reader(captcha, tmp_path / "fit")


def test_weights_of_another_network(captcha: EllipseCaptcha, fitted: Path, tmp_path: Path) -> None:
    content = json.loads((fitted / "fit.json").read_text())
    content["recipe"]["shape"]["dense"] = 9
    (tmp_path / "fit.json").write_text(json.dumps(content))
    (tmp_path / "reader.weights.h5").write_bytes((fitted / "reader.weights.h5").read_bytes())
    with pytest.raises(FitError, match="does not fit its recipe"):
        load_reader(captcha, tmp_path)


def test_patience_ends_a_fit_early(tmp_path: Path) -> None:
    data = random_pictures(24)
    recipe = RECIPE.model_copy(update={"epochs": 30, "patience": 1, "learning_rate": 0.05})
    result = fit(CAPTCHA, Parts(data, data, data), recipe, tmp_path / "fit")
    assert result.epochs == result.best_epoch + 1 < 30


def test_a_fit_says_whether_its_pictures_were_augmented(fitted: Path, tmp_path: Path) -> None:
    assert not Fit.load(fitted).augmented
    parts = DataSource(CAPTCHA, random_pictures(30), count=16, augment=True).parts(1)
    assert fit(CAPTCHA, parts, RECIPE, tmp_path / "fit").augmented
