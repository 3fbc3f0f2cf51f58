"""What a fit learns by: its rate, what it takes off the weights, and what its labels count."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from capslice.training.fitting.recipe import Optimizer, Recipe
from capslice.training.networks.slices import SMALL

RATE = 0.5


def learner(**of_recipe: object) -> keras.Model:
    """Of two weights."""
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, use_bias=False)])
    recipe = Recipe(shape=SMALL, learning_rate=RATE, **of_recipe)  # type: ignore[arg-type]
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
def test_weights_decay_by_adamw_and_muon(optimizer: Optimizer, kept: float) -> None:
    network = learner(optimizer=optimizer, decay=0.1, schedule="constant")
    (weight,) = network.trainable_variables
    before = np.array(weight)
    network.optimizer.apply([np.zeros_like(before)], [weight])
    assert np.allclose(weight, kept * before)


def test_a_smoothed_label_may_be_any_character() -> None:
    probabilities = np.array([[[0.7, 0.2, 0.1]]], np.float32)
    codes = np.array([[1]])
    plain, smoothed = (
        float(learner(smoothing=smoothing).loss(codes, probabilities)) for smoothing in (0.0, 0.3)
    )
    assert plain == pytest.approx(-np.log(0.2))
    assert smoothed == pytest.approx(0.7 * plain - 0.3 * np.log([0.7, 0.2, 0.1]).mean())


def test_muon_goes_as_far_along_all_directions() -> None:
    conv = keras.layers.Conv2D(8, 3)
    dense = keras.layers.Dense(4)
    last = keras.layers.Dense(3, activation="softmax")
    network = keras.Sequential([keras.Input((3, 3, 2)), conv, keras.layers.Flatten(), dense, last])
    recipe = Recipe(shape=SMALL, learning_rate=RATE, optimizer="muon", schedule="constant")
    recipe.compile(network, steps=1)
    before = [np.array(each) for each in network.trainable_variables]
    rng = np.random.default_rng(1)
    # Mostly along one direction, as gradients often are.
    gradients = [rng.normal(20, 1, each.shape).astype(np.float32) for each in before]
    network.optimizer.apply(gradients, network.trainable_variables)
    steps = {
        id(variable): np.array(variable) - old
        for variable, old in zip(network.trainable_variables, before, strict=True)
    }
    for kernel in (conv.kernel, dense.kernel):
        step = steps[id(kernel)]
        along = np.linalg.svd(step.reshape(-1, step.shape[-1]), compute_uv=False)
        assert along.max() < 2 * along.min()
        assert np.sqrt((step**2).mean()) == pytest.approx(0.2 * RATE, rel=0.3)
    for by_adam in (conv.bias, last.kernel):
        assert np.allclose(np.abs(steps[id(by_adam)]), RATE, rtol=1e-3)
