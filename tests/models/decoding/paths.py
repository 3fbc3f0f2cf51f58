"""The definition of CTC, by enumeration of all paths: for small outputs only."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby, product

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Output = NDArray[np.float32]


def texts(output: Output, classes: str) -> dict[str, float]:
    """The probability of each text of an output (columns, characters + 1), summed over paths."""
    found: dict[str, float] = defaultdict(float)
    for path in product(range(len(classes) + 1), repeat=len(output)):
        runs = (each for each, _ in groupby(path) if each < len(classes))
        mass = np.prod(output[np.arange(len(output)), path], dtype=float)
        found["".join(classes[each] for each in runs)] += float(mass)
    return found


def given(found: dict[str, float], shortest: int, longest: int) -> dict[str, float]:
    """The probabilities of the texts of these lengths, among all of them."""
    kept = {text: mass for text, mass in found.items() if shortest <= len(text) <= longest}
    total = sum(kept.values())
    return {text: mass / total for text, mass in kept.items()}


@st.composite
def outputs(draw: st.DrawFn, classes: int, *, columns: tuple[int, int] = (3, 5)) -> Output:
    """Outputs of a softmax, from flat to sure."""
    rows = draw(st.integers(*columns))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    logits = rng.normal(0, draw(st.sampled_from([0, 0.5, 2, 5])), (rows, classes))
    exps = np.exp(logits)
    softmax: Output = (exps / exps.sum(-1, keepdims=True)).astype(np.float32)
    return softmax
