"""What the history of a fit says: more epochs, more pictures, or nothing more."""

from __future__ import annotations

import pytest

from capslice.training.judging.outcome import Outcome, outcome_of

EPOCHS = 20


def history(
    training: float, validation: tuple[float, float], losses: tuple[float, float]
) -> dict[str, list[float]]:
    """A history of these accuracies; those in validation and the losses go from one to another."""

    def line(first: float, last: float) -> list[float]:
        return [first + (last - first) * epoch / (EPOCHS - 1) for epoch in range(EPOCHS)]

    return {
        "accuracy": [training] * EPOCHS,
        "val_accuracy": line(*validation),
        "val_loss": line(*losses),
    }


FALLING, RISING = (2.0, 0.5), (0.5, 0.6)


@pytest.mark.parametrize(
    ("given", "stored", "expected"),
    [
        (history(0.95, (0.7, 0.94), FALLING), True, Outcome.GETTING_BETTER),
        (history(0.5, (0.1, 0.5), FALLING), True, Outcome.GETTING_BETTER),
        (history(0.2, (0.19, 0.2), FALLING), True, Outcome.LITTLE),
        (history(0.99, (0.9, 0.9), RISING), True, Outcome.BY_HEART),
        # Pictures that are drawn anew cannot be learned by heart.
        (history(0.99, (0.9, 0.9), RISING), False, Outcome.DONE),
        (history(0.95, (0.94, 0.94), FALLING), True, Outcome.DONE),
        # More characters right by chance, at a higher loss.
        (history(0.95, (0.7, 0.94), RISING), True, Outcome.DONE),
        (history(1.0, (1.0, 1.0), FALLING), True, Outcome.DONE),
        ({"accuracy": [0.9], "val_accuracy": [0.9], "val_loss": [1.0]}, True, Outcome.UNKNOWN),
        ({}, True, Outcome.UNKNOWN),
    ],
)
def test_outcome_of_a_history(
    given: dict[str, list[float]], stored: bool, expected: Outcome
) -> None:
    assert outcome_of(given, "val_loss", stored=stored) is expected
