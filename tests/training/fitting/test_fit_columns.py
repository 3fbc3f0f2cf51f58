"""Fits of column networks in miniature: they read texts of any length, also from a warm start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capslice import Reader
from capslice.errors import FitError, NetworkError
from capslice.training.exporting.export import export
from capslice.training.fitting import general_weights
from capslice.training.fitting.data_sources import DataSource
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import Fit, load_reader
from capslice.training.fitting.judge import decoder_of, predict
from capslice.training.fitting.recipe import Recipe
from capslice.training.fitting.warm_start import WarmStart, warm_started_reader
from capslice.training.networks.reader import last_layers
from capslice.training.pictures import (
    CustomCaptcha,
    FolderCaptcha,
    FolderDescription,
    draw_set,
    with_even_middles,
)
from tests.training.bars import BARS, RECIPE, BarsWithoutMiddles


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fits") / "fitted"
    pictures = draw_set(BARS, 800, np.random.default_rng(1))
    fit(BARS, DataSource(BARS, pictures, count=1).parts(1), RECIPE, folder)
    return folder


def test_a_fit_reads_texts_of_all_lengths(fitted: Path) -> None:
    result = Fit.load(fitted)
    assert result.captcha_accuracy >= 0.9
    assert set(result.by_length) == {1, 2, 3, 4}
    assert sum(of for _, of in result.by_length.values()) == result.tested_on
    assert result.characters[0] == result.tested_on > result.characters[3] > 0
    # Each text of one character repeated, which needs nothing between.
    _, reader = load_reader(BARS, fitted)
    codes = np.array([[k] * 4 for k in range(3)] * 20)
    pictures = BARS.draw_many(codes, np.random.default_rng(2))
    texts = [each.text for each in decoder_of(BARS, RECIPE).decode(predict(reader, pictures))]
    assert (
        np.mean([text == "abc"[row[0]] * 4 for text, row in zip(texts, codes, strict=True)]) >= 0.9
    )


def test_an_export_says_how_it_is_decoded(fitted: Path, tmp_path: Path) -> None:
    out, weights = tmp_path / "bars.onnx", tmp_path / "bars.npz"
    card = export(
        BARS, fitted, out, calibration_pictures=200, test_pictures=100, weights_out=weights
    )
    assert (card.decoding, card.columns, card.fewest, card.length) == ("ctc", 64, 1, 4)
    assert card.slices == ()
    assert card.networks == "columns"
    assert card.accuracy.captchas_right >= 85
    reader, rng = Reader(out), np.random.default_rng(5)
    texts = ["a", "bb", "abc", "cccc"] * 5
    readings = [reader.read(np.asarray(BARS.draw(text, rng))) for text in texts]
    assert np.mean([each.text == text for each, text in zip(readings, texts, strict=True)]) >= 0.8
    about, arrays = general_weights.load(weights)
    assert (about.charset, about.size) == ("abc", (64, 20))
    _, fitted_reader = load_reader(BARS, fitted)
    for half, weight in zip(arrays, fitted_reader.get_weights(), strict=True):
        np.testing.assert_allclose(half, weight, rtol=1e-3, atol=1e-5)


def test_broken_weights_are_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    for content in (None, b"", b"PK broken", general_weights.dump(ABOUT, [])[:-30]):
        if content is not None:
            broken.write_bytes(content)
        with pytest.raises(FitError, match=r"cannot be read .*: install capslice again"):
            general_weights.load(broken)


ABOUT = general_weights.About("abc", (64, 20), "text")


def test_middles_are_guessed_where_they_are_not_known(tmp_path: Path) -> None:
    bars = CustomCaptcha("tests.training.bars:BarsWithoutMiddles", BarsWithoutMiddles())
    pictures = draw_set(bars, 800, np.random.default_rng(1))
    assert pictures.middles is None
    guessed = with_even_middles(pictures)
    known = draw_set(BARS, 800, np.random.default_rng(1))
    assert guessed.middles is not None
    assert known.middles is not None
    np.testing.assert_array_equal(np.isnan(guessed.middles), np.isnan(known.middles))
    assert np.nanmean(abs(guessed.middles - known.middles)) < 8
    recipe = RECIPE.model_copy(update={"column_supervision": 0.0, "epochs": 10})
    result = fit(bars, DataSource(bars, guessed, count=1).parts(1), recipe, tmp_path / "fit")
    assert result.captcha_accuracy >= 0.8


def test_a_warm_start_takes_over_the_classes_that_match(fitted: Path) -> None:
    start = WarmStart.of_fit(fitted)
    description = FolderDescription(size=(64, 20), charset="xca", length=4, shortest=1)
    other = FolderCaptcha(description)
    reader = warm_started_reader(other, RECIPE, start)
    (layer,) = last_layers(reader)
    kernel, bias = layer.get_weights()
    known_kernel, known_bias = start.weights[-2:]
    # The other charset is "xca": c and a are classes 2 and 0 of the start, and the last is nothing.
    np.testing.assert_array_equal(kernel[:, 1:], known_kernel[:, [2, 0, 3]])
    np.testing.assert_array_equal(bias[1:], known_bias[[2, 0, 3]])
    assert not np.isin(kernel[:, 0], known_kernel).any()
    np.testing.assert_array_equal(reader.get_weights()[0], start.weights[0])


def test_other_networks_need_texts_of_one_length() -> None:
    with pytest.raises(NetworkError, match="1 to 4 characters: use `--networks columns`"):
        Recipe.usual("whole").build(BARS)


def test_more_characters_than_columns_have_room_for() -> None:
    description = FolderDescription(size=(20, 20), charset="abc", length=11)
    with pytest.raises(NetworkError, match=r"20 columns .* too few for 11 characters"):
        RECIPE.build(FolderCaptcha(description))
