"""Test-time augmentation (TTA): reads an unsure picture again after moving it a few pixels.

TTA averages the predictions for the picture and its moved copies. It halves the errors of some
networks (docs/robustness.md) and costs little, because few pictures need it. It harms other
networks, such as one that was fitted to digits at fixed places. The model's card says whether
to use it and how to move the picture.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# The confidence below which TTA is applied. Like the moves, it was chosen on held-out families.
TTA_BELOW = 0.995
# The (rows, columns) by which each copy of the picture is moved.
Moves = tuple[tuple[int, int], ...]
DIAGONAL: Moves = ((2, 2), (-2, -2))
# For a fixed background: a network that has learned it cannot read a picture moved farther.
SIDEWAYS: Moves = ((0, 1),)
# For CTC, where a column must stay in its place.
ROWS: Moves = ((2, 0), (-2, 0))
TINY = np.finfo(np.float32).tiny  # stands for a probability of 0, which has no logarithm

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
# Computes the confidence of each prediction, (n,).
Confidences = Callable[[NDArray[np.float32]], NDArray[np.floating]]


def of_positions(predictions: NDArray[np.float32]) -> NDArray[np.float32]:
    """The confidence of each prediction (n, length, classes) with a character a position."""
    confidences: NDArray[np.float32] = predictions.max(-1).prod(-1)
    return confidences


def predict_with_tta(
    predict: Predict,
    pictures: NDArray[np.uint8],
    below: float,
    moves: Moves,
    confidences: Confidences = of_positions,
) -> NDArray[np.float32]:
    """Predict, and apply TTA to each picture whose confidence is below `below`.

    Takes uint8 pictures (n, height, width) and returns probabilities, float32
    (n, length or columns, classes). For an unsure picture they are the normalised geometric mean
    of the predictions for the picture and for one copy a move, that is, the mean of the logits.
    The columns of a CTC model stay in place only if all moves are of rows.
    """
    return apply_tta(predict, pictures, predict(pictures), below, moves, confidences)


def apply_tta(
    predict: Predict,
    pictures: NDArray[np.uint8],
    first: NDArray[np.float32],
    below: float,
    moves: Moves,
    confidences: Confidences = of_positions,
) -> NDArray[np.float32]:
    """Like `predict_with_tta`, with the `first` predictions for the pictures given.

    Leaves `first` unchanged.
    """
    unsure = np.flatnonzero(confidences(first) < below)
    if not len(unsure):
        return first
    moved = [np.roll(pictures[unsure], by, axis=(1, 2)) for by in moves]
    again = predict(np.concatenate(moved)).reshape(len(moves), *first[unsure].shape)
    logits = np.log(np.maximum([first[unsure], *again], TINY)).mean(0)
    mean = np.exp(logits - logits.max(-1, keepdims=True))
    result = first.copy()
    result[unsure] = mean / mean.sum(-1, keepdims=True)
    return result
