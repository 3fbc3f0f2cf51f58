"""The whole-picture network: its attention, its shapes and its work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from capslice.errors import NetworkError
from capslice.training.networks.reader import build_reader, multiply_adds
from capslice.training.networks.shape import WHOLE, NetworkShape
from capslice.training.networks.trunk import Standardised
from capslice.training.networks.whole import (
    Attention,
    supervise_attention,
    whole_reader,
    with_peer_attention,
)
from capslice.training.pictures import EllipseCaptcha, SecurityImageCaptcha, draw_set


def shape(filters: tuple[int, ...], dense: int, **others: Any) -> NetworkShape:
    return NetworkShape(blocks=len(filters), filters=filters, dense=dense, **others)


def test_the_shape_of_the_output(captcha: EllipseCaptcha) -> None:
    reader = build_reader(captcha.size, captcha.slicings["equal"], 6, WHOLE, "whole")
    pictures = np.zeros((2, 80, 310), np.uint8)
    probabilities = reader.predict(pictures, verbose=0)
    assert probabilities.shape == (2, 6, 6)
    assert np.allclose(probabilities.sum(-1), 1, atol=1e-6)


def test_attention_starts_at_the_middles_of_the_slices() -> None:
    middles = [40.0, 100.0, 250.0]
    attention = Attention(middles, 310)
    # The only feature of a column is its position.
    columns = np.linspace(0, 310, 62, endpoint=False)[np.newaxis, :, np.newaxis] + 2.5
    columns = columns.astype(np.float32)
    seen, weights = map(np.asarray, attention(columns, columns))
    assert seen.shape == (1, 3, 1)
    assert np.abs(seen[0, :, 0] - middles).max() < 1
    assert weights.shape == (1, 3, 62)
    assert weights.sum(-1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("share", "finds"), [(0.5, True), pytest.param(1e-4, False, marks=pytest.mark.slow)]
)
def test_attention_supervision_shows_where_the_digits_are(
    share: float, finds: bool, rng: np.random.Generator
) -> None:
    captcha = SecurityImageCaptcha()
    data = draw_set(captcha, 640, rng)
    keras.utils.set_random_seed(1)
    reader = build_reader(
        captcha.size, captcha.slicings["equal"], 10, shape((8, 8, 8, 8, 16), 8), "whole"
    )
    learner = supervise_attention(reader, share)
    learner.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy())
    learner.fit((data.pictures, data.middles), data.codes, epochs=3, verbose=0)
    (attention,) = (layer for layer in reader.layers if isinstance(layer, Attention))
    weights = keras.Model(reader.input, attention.output[1]).predict(data.pictures, verbose=0)
    columns = (weights.argmax(-1) + 0.5) * captcha.size[0] / weights.shape[-1]
    found = (np.abs(columns - data.middles) < 8).mean()
    assert found > 0.6 if finds else found < 0.4


def test_contrast_does_not_matter(rng: np.random.Generator) -> None:
    grey = rng.uniform(0, 1, (1, 80, 310)).astype(np.float32)
    plain, faint = (np.asarray(Standardised()(each)) for each in (grey, 0.5 + grey / 4))
    assert abs(plain.mean()) < 1e-5
    assert abs(plain.std() - 1) < 0.01
    assert np.abs(plain - faint).max() < 0.05


def test_a_blank_picture() -> None:
    assert np.isfinite(np.asarray(Standardised()(np.ones((1, 80, 310), np.float32)))).all()


@pytest.mark.parametrize(
    ("size", "filters"), [((310, 80), (4, 4, 4, 4)), ((310, 15), (4,) * 5), ((15, 80), (4,) * 5)]
)
def test_too_small_for_a_whole_picture_network(
    size: tuple[int, int], filters: tuple[int, ...]
) -> None:
    with pytest.raises(NetworkError, match="5 blocks or more"):
        whole_reader(size, ((0, 10),), 6, shape(filters, 8))


@pytest.mark.parametrize("size", [(16, 16), (310, 80), (96, 37)])
def test_other_sizes(size: tuple[int, int]) -> None:
    reader = whole_reader(size, ((0, 8), (8, 16)), 10, shape((4, 4, 4, 4, 8), 8))
    pictures = np.zeros((1, size[1], size[0]), np.uint8)
    assert reader.predict(pictures, verbose=0).shape == (1, 2, 10)


def test_multiply_adds() -> None:
    reader = whole_reader((16, 48), ((0, 8), (8, 16)), 3, shape((2, 3, 4, 5, 6), 7))
    expected = (
        24 * 8 * 5 * 5 * 2  # every other pixel
        + 12 * 8 * 3 * 3 * 2 * 3  # every other row: these few columns are kept
        + 12 * 8 * 3 * 3 * 3 * 4
        + 6 * 8 * 3 * 3 * 4 * 5
        + 8 * 3 * 5 * 6
        + 2 * 8 * 6 * 2  # attention: eight columns, six features, two digits, twice
        + 2 * (6 * 7 + 7 * 3)
    )
    assert multiply_adds(reader) == expected


def test_the_first_block_keeps_every_pixel_of_a_low_picture() -> None:
    reader = whole_reader((130, 40), ((0, 8), (8, 16)), 3, shape((2, 3, 4, 5, 6), 7))
    kept = [
        layer.output.shape[1:3] for layer in reader.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert kept == [(40, 130), (20, 65), (20, 65), (10, 32), (1, 32)]


def test_multiply_adds_with_context() -> None:
    bare, reader = (
        whole_reader(
            (16, 48), ((0, 8), (8, 16)), 3, shape((2, 3, 4, 5, 6), 7, context_features=context)
        )
        for context in (0, 5)
    )
    more = 8 * 6 * 5 + 8 * 9 * 5 * 5 + 8 * 5 * 2  # what is about, nine columns of it, and its fit
    assert multiply_adds(reader) == multiply_adds(bare) + more


@pytest.mark.parametrize("context", [0, 4])
def test_attention_sees_the_surroundings_of_a_column(
    context: int, rng: np.random.Generator
) -> None:
    keras.utils.set_random_seed(1)
    reader = whole_reader(
        (310, 80), ((0, 50), (50, 100)), 3, shape((4, 4, 4, 4, 8), 8, context_features=context)
    )
    (attention,) = (layer for layer in reader.layers if isinstance(layer, Attention))
    attention.queries.assign(rng.normal(size=attention.queries.shape))
    logits = keras.Model(reader.input, keras.ops.log(attention.output[1]))
    pictures = rng.integers(256, size=(2, 80, 310), dtype=np.uint8)
    pictures[1, :, 100:] = pictures[0, :, 100:]
    pictures[1, :, :100] = pictures[0, :, 99::-1]  # as dark, so that the rest seems the same
    one, other = logits.predict(pictures, verbose=0)[:, 0, 20:]
    # Scores of columns far from the change, relative to each other.
    unlike = np.abs((one - one[-1]) - (other - other[-1])).max()
    assert unlike > 1e-3 if context else unlike < 1e-3


def test_dropout_is_active_only_in_training(
    captcha: EllipseCaptcha, rng: np.random.Generator
) -> None:
    pictures = draw_set(captcha, 2, rng).pictures
    for dropout in (0.0, 0.5):
        reader = build_reader(
            captcha.size, captcha.slicings["equal"], 6, replace(WHOLE, dropout=dropout), "whole"
        )
        reads, learns = (
            [np.asarray(reader(pictures, training=training)) for _ in range(2)]
            for training in (False, True)
        )
        assert np.array_equal(*reads)
        assert np.array_equal(*learns) == (dropout == 0)


def test_a_residual_block_adds_its_output_to_its_input() -> None:
    plain, residual = (
        whole_reader(
            (130, 40), ((0, 8), (8, 16)), 3, shape((2, 3, 4, 4, 4, 6), 7, residual=residual)
        )
        for residual in (False, True)
    )
    assert [each.shape for each in residual.weights] == [each.shape for each in plain.weights]
    # Blocks with kernels of zeros pass their input on, if they are residual.
    pictures = np.arange(2 * 40 * 130, dtype=np.uint8).reshape(2, 40, 130)
    of_last = []
    for reader in (plain, residual):
        keras.utils.set_random_seed(1)
        convolutions = [layer for layer in reader.layers if isinstance(layer, keras.layers.Conv2D)]
        for layer in convolutions:
            layer.kernel.assign(keras.random.normal(layer.kernel.shape))
        for layer in convolutions[3:5]:
            layer.kernel.assign(0 * layer.kernel)
        seen = keras.Model(reader.input, convolutions[5].input)
        of_last.append(seen.predict(pictures, verbose=0))
    assert not of_last[0].any()
    assert of_last[1].any()


def test_peer_attention_depends_on_all_digits_and_not_on_their_order() -> None:
    digits = keras.Input((4, 3))
    assert with_peer_attention(digits, 0) is digits
    known = keras.Model(digits, with_peer_attention(digits, 5))
    assert known.output_shape == (None, 4, 8)

    def apply(features: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(known.predict(features[np.newaxis], verbose=0)[0])

    features = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
    own, others = np.split(apply(features), [3], axis=-1)
    assert np.array_equal(own, features)
    # Each digit attends to others of its own, and their order does not matter.
    assert np.ptp(others, axis=0).min() > 1e-3
    order = [2, 0, 3, 1]
    assert np.allclose(apply(features[order])[:, 3:], others[order], atol=1e-6)
    unlike = apply(np.concatenate([features[:3], -features[3:]]))[:, 3:]
    assert np.abs(unlike - others)[:3].max(axis=1).min() > 1e-3


def test_weights_can_be_copied(captcha: EllipseCaptcha) -> None:
    first, again = (
        build_reader(captcha.size, captcha.slicings["equal"], 6, WHOLE, "whole") for _ in range(2)
    )
    again.set_weights(first.get_weights())
    picture = np.arange(310 * 80, dtype=np.uint8).reshape(1, 80, 310)
    assert np.array_equal(*(keras.ops.convert_to_numpy(each(picture)) for each in (first, again)))
