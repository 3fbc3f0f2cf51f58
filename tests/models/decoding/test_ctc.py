"""CTC is decoded exactly: as the enumeration of all paths says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from numpy.typing import NDArray

from capslice.models.decoding.ctc import Columns
from tests.models.decoding.paths import Output, given, outputs, texts

CLASSES = "abc"


def columns_of(output: NDArray[np.float64], shortest: int, longest: int) -> Columns:
    """The columns of an output where each class is a character of its own."""
    characters = tuple((k,) for k in range(output.shape[1] - 1))
    return Columns(output, characters, shortest, longest)


@for_all(outputs(4), st.integers(1, 3), st.integers(0, 2))
def test_the_best_text_is_that_of_all_paths(output: Output, shortest: int, more: int) -> None:
    longest = min(shortest + more, len(output))
    expected = given(texts(output, CLASSES), shortest, longest)
    columns = columns_of(output.astype(float), shortest, longest)
    best = columns.best()
    text = "".join(CLASSES[each] for each in best.text)
    assert best.probability == pytest.approx(max(expected.values()), abs=1e-8)
    assert expected[text] == pytest.approx(best.probability, abs=1e-8)
    for each, probability in expected.items():
        classes = tuple(map(CLASSES.index, each))
        assert columns.probability(classes) == pytest.approx(probability, abs=1e-8)


@for_all(outputs(4), st.integers(1, 3))
def test_shares_are_those_of_prefixes(output: Output, shortest: int) -> None:
    expected = given(texts(output, CLASSES), shortest, len(output))
    best = columns_of(output.astype(float), shortest, len(output)).best()
    text = "".join(CLASSES[each] for each in best.text)
    masses = [
        sum(probability for each, probability in expected.items() if each.startswith(text[:end]))
        for end in range(len(text) + 1)
    ]
    shares = [after / before for before, after in pairwise(masses)]
    assert best.shares == pytest.approx(shares, abs=1e-7)
    assert best.probability <= np.prod(best.shares) + 1e-12


def peaks(path: str, sure: float = 0.97) -> Output:
    """An output that says this path, such as "o-o" with "-" for nothing, of the classes "o1"."""
    output = np.full((len(path), 3), (1 - sure) / 2)
    output[np.arange(len(path)), ["o1-".index(each) for each in path]] = sure
    return output.astype(np.float32)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("-oo-oo-", "oo"),
        ("-oooo--", "o"),
        ("1-1-1-1", "1111"),
        ("11-o-11", "1o1"),
        ("ooo1-11", "o11"),
    ],
)
def test_characters_side_by_side(path: str, text: str) -> None:
    best = columns_of(peaks(path).astype(float), 1, 7).best()
    expected = given(texts(peaks(path), "o1"), 1, 7)
    assert "".join("o1"[each] for each in best.text) == text
    assert best.probability == pytest.approx(expected[text], abs=1e-8)


def test_a_text_has_a_character_even_where_the_output_shows_none() -> None:
    best = columns_of(peaks("-------").astype(float), 1, 7).best()
    expected = given(texts(peaks("-------"), "o1"), 1, 7)
    assert best.probability == pytest.approx(max(expected.values()), abs=1e-8)


def test_a_known_length_parts_a_run_in_two() -> None:
    # Nothing in the output is like "oo", but it must have two characters.
    best = columns_of(peaks("ooooooo").astype(float), 2, 2).best()
    expected = given(texts(peaks("ooooooo"), "o1"), 2, 2)
    assert best.probability == pytest.approx(max(expected.values()), abs=1e-8)
    assert expected["".join("o1"[each] for each in best.text)] == max(expected.values())


def test_a_length_that_the_output_all_but_excludes() -> None:
    sure = np.zeros((48, 3))
    sure[:, 2] = 1  # nothing at all, in every column
    best = columns_of(sure, 48, 48).best()
    assert best.text in ((0, 1) * 24, (1, 0) * 24)
    assert 0 <= best.probability <= 1
    assert np.isfinite(best.shares).all()


@pytest.mark.parametrize("classes", [3, 71, 1001])
def test_noise_ends_the_search(classes: int) -> None:
    rng = np.random.default_rng(1)
    exps = np.exp(rng.normal(0, 0.1, (64, classes)))
    columns = columns_of(exps / exps.sum(-1, keepdims=True), 3, 9)
    best = columns.best()
    assert 3 <= len(best.text) <= 9
    assert 0 < best.probability < 0.01
    assert columns.probability(best.text) == pytest.approx(best.probability)


def test_many_columns_and_characters_stay_within_float64() -> None:
    for value in (1.0, 1e-30):
        flat = np.full((256, 72), value)
        best = columns_of(flat, 90, 100).best()
        assert 90 <= len(best.text) <= 100
        assert np.isfinite(best.shares).all()


def test_classes_may_be_left_out_of_columns() -> None:
    whole = peaks("-o-11--").astype(float)
    without = np.delete(whole, 0, axis=1)
    assert without.sum(-1).min() < 0.5
    alone = {text: mass for text, mass in texts(whole, "o1").items() if "o" not in text}
    expected = given(alone, 1, 4)
    best = columns_of(without, 1, 4).best()
    assert best.probability == pytest.approx(expected["1" * len(best.text)], abs=1e-8)
