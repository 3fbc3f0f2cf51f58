"""The learning rate, the weight decay, label smoothing, and Muon."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from capslice.training.fitting.recipe import Optimizer, Recipe
from capslice.training.networks.shape import SMALL

RATE = 0.5


def learner(**settings: object) -> keras.Model:
    """A network with two weights, compiled by a recipe with these settings."""
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, use_bias=False)])
    recipe = Recipe(shape=SMALL, learning_rate=RATE, **settings)  # type: ignore[arg-type]
    recipe.compile(network, steps=10)
    return network


def test_the_rate_rises_and_falls() -> None:
    optimizer = learner(epochs=10, warm_up=0.2).optimizer
    rates = []
    for step in range(101):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    assert np.allclose(rates[:21], np.linspace(0, RATE, 21))
    assert rates[60] == pytest.approx(RATE / 2)
    assert rates[100] == pytest.approx(0)


@pytest.mark.parametrize(("optimizer", "kept"), [("adamw", 0.95), ("muon", 0.95), ("adam", 1.0)])
def test_adamw_and_muon_decay_the_weights(optimizer: Optimizer, kept: float) -> None:
    network = learner(optimizer=optimizer, weight_decay=0.1, schedule="constant")
    (weight,) = network.trainable_variables
    before = np.array(weight)
    network.optimizer.apply([np.zeros_like(before)], [weight])
    assert np.allclose(weight, kept * before)


def test_label_smoothing_spreads_a_share_over_all_characters() -> None:
    probabilities = np.array([[[0.7, 0.2, 0.1]]], np.float32)
    codes = np.array([[1]])
    plain, smoothed = (
        float(learner(label_smoothing=share).loss(codes, probabilities)) for share in (0.0, 0.3)
    )
    assert plain == pytest.approx(-np.log(0.2))
    assert smoothed == pytest.approx(0.7 * plain - 0.3 * np.log([0.7, 0.2, 0.1]).mean())


def test_muon_changes_a_kernel_equally_in_all_directions() -> None:
    conv = keras.layers.Conv2D(8, 3)
    dense = keras.layers.Dense(4)
    last = keras.layers.Dense(3, activation="softmax")
    network = keras.Sequential([keras.Input((3, 3, 2)), conv, keras.layers.Flatten(), dense, last])
    recipe = Recipe(shape=SMALL, learning_rate=RATE, optimizer="muon", schedule="constant")
    recipe.compile(network, steps=1)
    before = [np.array(each) for each in network.trainable_variables]
    rng = np.random.default_rng(1)
    # Gradients mostly in one direction, as they often are.
    gradients = [rng.normal(20, 1, each.shape).astype(np.float32) for each in before]
    network.optimizer.apply(gradients, network.trainable_variables)
    steps = {
        id(variable): np.array(variable) - old
        for variable, old in zip(network.trainable_variables, before, strict=True)
    }
    for kernel in (conv.kernel, dense.kernel):
        step = steps[id(kernel)]
        lengths = np.linalg.svd(step.reshape(-1, step.shape[-1]), compute_uv=False)
        assert lengths.max() < 2 * lengths.min()
        assert np.sqrt((step**2).mean()) == pytest.approx(0.2 * RATE, rel=0.3)
    for of_adam in (conv.bias, last.kernel):
        assert np.allclose(np.abs(steps[id(of_adam)]), RATE, rtol=1e-3)
