"""The article's slices and slice networks, and readers made of them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import keras
import numpy as np
import pytest

from capslice.errors import NetworkError
from capslice.training.networks.reader import build_reader
from capslice.training.networks.shape import SMALL, NetworkShape
from capslice.training.networks.slices import slice_network
from capslice.training.pictures import EllipseCaptcha, draw_set
from capslice.training.pictures.article.glyphs import TILE_SIZE

DENSE_128 = NetworkShape(dense=128)


@pytest.mark.parametrize(
    ("shape", "parameters"),
    [
        (NetworkShape(), 440_454),
        (DENSE_128, 290_310),
        (NetworkShape(blocks=3, dense=128), 748_934),
        (NetworkShape(blocks=2, dense=128), 1_789_190),
        (NetworkShape(dense=128, dropout=0.5), 290_310),
    ],
)
def test_the_parameter_counts_of_the_article(shape: NetworkShape, parameters: int) -> None:
    assert slice_network(80, 54, 6, shape).count_params() == parameters


def test_a_dropout_layer() -> None:
    kinds = [type(layer) for layer in slice_network(80, 54, 6, NetworkShape(dropout=0.5)).layers]
    assert keras.layers.Dropout in kinds


def test_the_slices_of_the_article(captcha: EllipseCaptcha) -> None:
    slices = captcha.slicings["seed"]
    assert slices == ((0, 54), (54, 110), (110, 170), (170, 215), (215, 262), (262, 310))


def test_equal_slices_hold_their_digit_at_every_angle(captcha: EllipseCaptcha) -> None:
    slices = captcha.slicings["equal"]
    assert {right - left for left, right in slices} == {51}
    reach = int(np.ceil(np.hypot(*TILE_SIZE)))
    for (left, right), column in zip(slices, captcha.columns, strict=True):
        assert 0 <= left <= column
        assert column + reach <= right <= captcha.size[0]


def test_the_fourth_slice_is_too_small_for_four_blocks() -> None:
    with pytest.raises(NetworkError, match="45x80 pixels is too small for 4 blocks"):
        slice_network(80, 45, 6)
    slice_network(80, 46, 6)
    slice_network(80, 45, 6, NetworkShape(blocks=3))


def test_a_network_for_each_slice(captcha: EllipseCaptcha) -> None:
    reader = build_reader(captcha.size, captcha.slicings["equal"], 6, DENSE_128, "each")
    one = slice_network(80, 51, 6, DENSE_128).count_params()
    assert reader.count_params() == 6 * one


@pytest.mark.parametrize("blocks", [0, 5])
def test_more_blocks_than_filters(blocks: int) -> None:
    with pytest.raises(NetworkError, match="1 to 4 blocks"):
        slice_network(80, 54, 6, NetworkShape(blocks=blocks))


def test_no_shared_network_for_slices_of_different_widths(captcha: EllipseCaptcha) -> None:
    with pytest.raises(NetworkError, match="--networks each"):
        build_reader(captcha.size, captcha.slicings["seed"], 6, NetworkShape(blocks=3), "shared")


def test_a_shared_network_reads_each_slice(
    captcha: EllipseCaptcha, rng: np.random.Generator
) -> None:
    keras.utils.set_random_seed(1)
    data = draw_set(captcha, 3, rng)
    slices = captcha.slicings["equal"]
    reader = build_reader(captcha.size, slices, 6, SMALL, "shared")
    network = slice_network(80, 51, 6, SMALL)
    network.set_weights(reader.get_weights())
    probabilities = reader.predict(data.pictures, verbose=0)
    assert probabilities.shape == (3, 6, 6)
    for position, (left, right) in enumerate(slices):
        alone = network.predict(data.images(slice(left, right)), verbose=0)
        assert np.allclose(probabilities[:, position], alone, atol=1e-6)


def test_each_network_reads_its_own_slice(
    captcha: EllipseCaptcha, rng: np.random.Generator
) -> None:
    keras.utils.set_random_seed(1)
    data = draw_set(captcha, 3, rng)
    shape = NetworkShape(blocks=3, dense=8)
    slices = captcha.slicings["seed"]
    reader = build_reader(captcha.size, slices, 6, shape, "each")
    weights = reader.get_weights()
    share = len(weights) // 6
    probabilities = reader.predict(data.pictures, verbose=0)
    for position, (left, right) in enumerate(slices):
        network = slice_network(80, right - left, 6, shape)
        network.set_weights(weights[position * share : (position + 1) * share])
        alone = network.predict(data.images(slice(left, right)), verbose=0)
        assert np.allclose(probabilities[:, position], alone, atol=1e-6)


ONEDNN = """
from capslice.training.tensorflow import prepare_tensorflow
prepare_tensorflow()
from tensorflow.python.util import _pywrap_util_port
raise SystemExit(not _pywrap_util_port.IsMklEnabled())
"""


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="TensorFlow only offers oneDNN on Linux and x86-64",
)
@pytest.mark.parametrize(("variables", "status"), [({}, 0), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, 1)])
def test_onednn_is_on_unless_the_environment_turns_it_off(
    variables: dict[str, str], status: int
) -> None:
    others = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    assert (
        subprocess.run([sys.executable, "-c", ONEDNN], env=others | variables).returncode == status
    )
