"""The decoder finds the most probable text under what is known, for both kinds of output."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from capslice.models.decoding import Case, Decoder, Known
from capslice.models.decoding.decoder import in_case
from tests.models.decoding.paths import Output, given, outputs, texts

CHARSET = "aAb1"
CASES: tuple[Case, ...] = ("keep", "fold", "lower", "upper")

knowns = st.builds(
    Known,
    st.none() | st.integers(1, 2),
    st.none() | st.integers(3, 4),
    st.none() | st.sampled_from(["a", "b1", "A1", "aA", "Bb1x"]),
    st.sampled_from(CASES),
)


def among_possible(found: dict[str, float], known: Known, longest: int) -> dict[str, float]:
    """The probabilities of the possible answers, by the definition of `Known`."""
    allowed = in_case(CHARSET if known.characters is None else known.characters, known.case)
    answers: dict[str, float] = defaultdict(float)
    for text, mass in found.items():
        answer = in_case(text, known.case)
        if set(answer) <= set(allowed):
            answers[answer] += mass
    return given(answers, known.shortest or 1, min(longest, known.longest or longest))


@for_all(outputs(5), knowns)
def test_ctc_under_what_is_known(output: Output, known: Known) -> None:
    decoder = Decoder(CHARSET, 1, len(output), ctc=True, known=known)
    expected = among_possible(texts(output, CHARSET), known, len(output))
    (decoded,) = decoder.decode(output[np.newaxis])
    assert decoded.confidence == pytest.approx(max(expected.values()), abs=1e-7)
    assert expected[decoded.text] == pytest.approx(decoded.confidence, abs=1e-7)
    assert decoder.confidences(output[np.newaxis]) == pytest.approx([decoded.confidence])
    for text, probability in expected.items():
        assert decoder.probability(output, text) == pytest.approx(probability, abs=1e-7)
        assert decoder.can_give(text)
    assert decoder.probability(output, "x") == 0


@for_all(outputs(4), knowns)
def test_positions_under_what_is_known(output: Output, known: Known) -> None:
    length = len(output)
    if (known.longest or length) < length:
        with pytest.raises(ValueError, match=f"reads {length} characters, not"):
            Decoder(CHARSET, length, length, known=known)
        return
    decoder = Decoder(CHARSET, length, length, known=known)
    found = {
        "".join(CHARSET[k] for k in path): float(
            np.prod(output[np.arange(length), path], dtype=float)
        )
        for path in product(range(len(CHARSET)), repeat=length)
    }
    expected = among_possible(found, known, length)
    (decoded,) = decoder.decode(output[np.newaxis])
    assert decoded.confidence == pytest.approx(max(expected.values()), abs=1e-5)
    assert expected[decoded.text] == pytest.approx(decoded.confidence, abs=1e-5)
    assert decoded.confidence == pytest.approx(np.prod(decoded.probabilities))
    assert decoder.probability(output, decoded.text) == pytest.approx(decoded.confidence)


def test_where_nothing_is_known_positions_are_as_the_model_says() -> None:
    output = np.array([[0.5, 0.25, 0.125, 0.12], [0.1, 0.7, 0.1, 0.1]], np.float32)
    (decoded,) = Decoder(CHARSET, 2, 2).decode(output[np.newaxis])
    assert decoded == ("aA", tuple(map(float, (output[0, 0], output[1, 1]))), decoded.confidence)


def test_constraints_choose_and_do_not_strike_afterwards() -> None:
    # "a" is the most probable, then "b"; where "a" is not allowed, "b" is read in its place.
    output = np.array([[0.6, 0.0, 0.3, 0.1]], np.float32)
    (decoded,) = Decoder(CHARSET, 1, 1, known=Known(characters="b1")).decode(output[np.newaxis])
    assert (decoded.text, decoded.confidence) == ("b", pytest.approx(0.75))


def test_ctc_keeps_both_cases_of_a_letter_apart_until_they_are_read() -> None:
    # A path "a", "A" reads "aA", and so "aa"; it is not one long "a".
    output = np.full((4, 5), 0.01, np.float32)
    output[[0, 1, 2, 3], [4, 0, 1, 4]] = 0.96
    (decoded,) = Decoder(CHARSET, 1, 4, ctc=True, known=Known(case="fold")).decode(output[None])
    assert decoded.text == "aa"
    assert decoded.confidence > 0.8


def test_both_cases_of_a_letter_count_together() -> None:
    output = np.array([[0.3, 0.3, 0.4, 0.0]], np.float32)
    texts_by_case = {
        case: Decoder(CHARSET, 1, 1, known=Known(case=case)).decode(output[np.newaxis])[0].text
        for case in CASES
    }
    assert texts_by_case == {"keep": "b", "fold": "a", "lower": "a", "upper": "A"}


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Known(7, 9), "reads 4 to 6 characters, not 7 to 9"),
        (Known(1, 3), "reads 4 to 6 characters, not 1 to 3"),
        (Known(characters="xyz"), "knows none of the characters xyz"),
        (Known(characters="B"), "knows none of the characters B"),
    ],
)
def test_what_a_model_cannot_read(known: Known, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Decoder(CHARSET, 4, 6, ctc=True, known=known)
    Decoder(CHARSET, 4, 6, ctc=True, known=Known(characters="B", case="fold"))


def test_what_is_known_narrows_the_card() -> None:
    decoder = Decoder(CHARSET, 4, 6, ctc=True, usual="ab", known=Known(5, 9))
    assert (decoder.shortest, decoder.longest, decoder.characters) == (5, 6, "ab")
    decoder = Decoder(CHARSET, 4, 6, ctc=True, usual="ab", known=Known(characters="1b?"))
    assert (decoder.shortest, decoder.longest, decoder.characters) == (4, 6, "b1")


@for_all(st.text(CHARSET, min_size=1, max_size=6), knowns)
def test_unlike_is_wrong_at_every_position(text: str, known: Known) -> None:
    decoder = Decoder(CHARSET, 1, 6, ctc=True, known=known)
    other = decoder.unlike(text)
    pairs = zip(text, other, strict=True)
    assert all(one.casefold() != another.casefold() for one, another in pairs)
    if len(set(decoder.characters.casefold())) > 1:
        assert set(other) <= set(decoder.characters)


@pytest.mark.parametrize(
    ("text", "case", "expected"),
    [
        ("aßİ1", "upper", "Aßİ1"),
        ("AÄİ1", "lower", "aäİ1"),
        ("aA", "keep", "aA"),
        ("ÄB", "fold", "äb"),
    ],
)
def test_letters_without_a_single_other_case_stay(text: str, case: Case, expected: str) -> None:
    assert in_case(text, case) == expected
