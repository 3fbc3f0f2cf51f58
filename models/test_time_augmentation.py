"""A second look at a picture that a network is not sure of: moved a little, and seen anew.

What counts is what it makes of all looks together. That halves the errors of some networks
(docs/robustness.md), and costs little, for few pictures need it. Others it harms, such as one that
was fitted to digits in their places: the card says who does it, and in which way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# The confidence below which it looks again. Chosen on held-out families, as are the ways.
SURE = 0.995
# By how many rows and columns the picture is moved for each further look.
Moves = tuple[tuple[int, int], ...]
ABOUT: Moves = ((2, 2), (-2, -2))
# Where the same lies behind all digits, a network knows that, and would not know it moved far.
ASIDE: Moves = ((0, 1),)
TINY = np.finfo(np.float32).tiny  # what a probability of 0 counts as, which has no logarithm

Look = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def probabilities(
    look: Look, pictures: NDArray[np.uint8], sure: float, moves: Moves
) -> NDArray[np.float32]:
    """float32 (n, length, classes) for uint8 pictures (n, height, width).

    `look` gives those of one look. Where their confidence is below `sure`, they are the
    geometric mean of that and of one look a move, as of one network that adds the logits up.
    """
    return looked_again(look, pictures, look(pictures), sure, moves)


def looked_again(
    look: Look,
    pictures: NDArray[np.uint8],
    found: NDArray[np.float32],
    sure: float,
    moves: Moves,
) -> NDArray[np.float32]:
    """The same, of pictures of which the first look is there already."""
    unsure = np.flatnonzero(found.max(-1).prod(-1) < sure)
    if len(unsure):
        found = found.copy()  # which is the caller's
        moved = [np.roll(pictures[unsure], by, axis=(1, 2)) for by in moves]
        again = look(np.concatenate(moved)).reshape(len(moves), *found[unsure].shape)
        logits = np.log(np.maximum([found[unsure], *again], TINY)).mean(0)
        together = np.exp(logits - logits.max(-1, keepdims=True))
        found[unsure] = together / together.sum(-1, keepdims=True)
    return found
