"""The answers that are possible, and what accepted answers say about them."""

from __future__ import annotations

import math
from itertools import cycle, islice, product

import msgspec
import numpy as np
import pytest

from capslice.agent.audit.answer_space import AnswerSpace
from capslice.agent.audit.randomness import count_alphabet, count_repeats, judge_randomness
from capslice.agent.audit.sessions import ReadCaptcha, Session
from tests.agent.reading.test_reader import SHIPPED_READER

FIXED = SHIPPED_READER.card
VARYING = msgspec.structs.replace(
    FIXED, charset="abAB12", length=6, shortest=4, decoding="ctc", columns=40, slices=()
)


def captchas(texts: list[str]) -> list[ReadCaptcha]:
    return [ReadCaptcha(text, 0.9, "accepted", str(i), {}) for i, text in enumerate(texts)]


def test_fixed_length() -> None:
    space = AnswerSpace.of(FIXED, {})
    assert (space.shortest, space.longest, space.varies) == (6, 6, False)
    assert space.equally_likely == len(FIXED.charset) ** 6
    assert space.possible_bits == pytest.approx(6 * math.log2(10))  # ten digits are possible


def test_lengths_that_vary() -> None:
    space = AnswerSpace.of(VARYING, {})
    assert (space.shortest, space.longest, space.varies) == (4, 6, True)
    assert space.possible_bits == pytest.approx(math.log2(10**4 + 10**5 + 10**6))
    # Two answers are equal if their lengths are, and then their characters.
    equal = sum(1 / 6**n for n in (4, 5, 6)) / 9
    assert space.equally_likely == round(1 / equal)


@pytest.mark.parametrize(
    ("model", "characters", "lengths"),
    [
        ({}, "abAB12", (4, 6)),
        ({"case": "keep", "length": None, "characters": None}, "abAB12", (4, 6)),
        ({"length": "5"}, "abAB12", (5, 5)),
        ({"length": 4, "characters": "A-Z2-9"}, "AB2", (4, 4)),
        ({"case": "fold"}, "ab12", (4, 6)),
        ({"case": "upper", "characters": "a-z"}, "AB", (4, 6)),
    ],
)
def test_settings(model: dict[str, object], characters: str, lengths: tuple[int, int]) -> None:
    space = AnswerSpace.of(VARYING, model)
    assert (space.characters, (space.shortest, space.longest)) == (characters, lengths)
    if space.restricted:
        count = len(characters)
        expected = sum(count**n for n in range(lengths[0], lengths[1] + 1))
        assert space.possible_bits == pytest.approx(math.log2(expected))


def test_positions_are_counted_only_where_lengths_are_fixed() -> None:
    texts = ["ab12", "AB12a", "1212ab"] * 4
    alphabet = count_alphabet(captchas(texts), AnswerSpace.of(VARYING, {}))
    assert (alphabet.length, alphabet.shortest) == (6, 4)
    (together,) = alphabet.counts
    assert dict(zip("abAB12", together, strict=True)) == {
        "a": 12, "b": 8, "A": 4, "B": 4, "1": 16, "2": 16,
    }  # fmt: skip
    assert alphabet.missing == ""
    fixed = count_alphabet(captchas(["234568"] * 3), AnswerSpace.of(FIXED, {}))
    assert len(fixed.counts) == 6
    assert fixed.bits == 0


def test_entropy_of_varying_lengths() -> None:
    rng = np.random.default_rng(1)
    texts = ["".join(rng.choice([*"abAB12"], rng.integers(4, 7))) for _ in range(4000)]
    alphabet = count_alphabet(captchas(texts), AnswerSpace.of(VARYING, {}))
    exact = math.log2(3) + 5 * math.log2(6)
    assert alphabet.bits == pytest.approx(exact, abs=0.05)
    assert alphabet.uniform_p
    assert alphabet.uniform_p > 1e-6
    sessions: list[Session] = []
    repeats = count_repeats(sessions, captchas(texts), AnswerSpace.of(VARYING, {}).equally_likely)
    found = [w.key for w in judge_randomness(alphabet, repeats) if w.result == "found"]
    # 4,000 answers of 4 to 6 of six characters repeat often by chance alone.
    assert found == []


def test_sums_have_only_the_answers_that_were_seen() -> None:
    space = AnswerSpace.of(FIXED, {"answer": "sum"})
    assert space.equally_likely is None
    texts = list(islice(cycle(str(a + b) for a, b in product(range(1, 10), repeat=2)), 810))
    alphabet = count_alphabet(captchas(texts), space)
    assert (alphabet.charset, alphabet.counts, alphabet.missing) == ("0123456789", (), "")
    assert alphabet.possible_bits == pytest.approx(math.log2(17))
    assert alphabet.bits
    assert 3.5 < alphabet.bits < math.log2(17)
    repeats = count_repeats([], captchas(texts), space.equally_likely)
    assert (repeats.expected_distinct, repeats.distinct_p) == (None, None)
    judged = {w.key: w for w in judge_randomness(alphabet, repeats)}
    assert judged["same_answers"].result == "not_tested"
    assert "sums" in judged["missing_character"].evidence
