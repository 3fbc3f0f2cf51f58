"""The answers that are possible, and what accepted answers say about them."""

from __future__ import annotations

import math
from itertools import cycle, islice, product

import numpy as np
import pytest

from capslice.agent.audit.answer_space import AnswerSpace
from capslice.agent.audit.randomness import count_alphabet, count_repeats, judge_randomness
from capslice.agent.audit.sessions import ReadCaptcha, Session
from capslice.agent.reading.reader import Reader
from capslice.models.decoding import Known
from tests.agent.reading.test_reader import SHIPPED_READER

FIXED = AnswerSpace.of(SHIPPED_READER)
VARYING = AnswerSpace("abAB12", 4, 6)


def captchas(texts: list[str]) -> list[ReadCaptcha]:
    return [ReadCaptcha(text, 0.9, "accepted", str(i), {}) for i, text in enumerate(texts)]


def test_fixed_length() -> None:
    space = FIXED
    assert (space.shortest, space.longest, space.varies) == (6, 6, False)
    assert space.equally_likely == len(SHIPPED_READER.card.charset) ** 6
    assert space.possible_bits == pytest.approx(6 * math.log2(10))  # ten digits are possible


def test_lengths_that_vary() -> None:
    space = VARYING
    assert (space.shortest, space.longest, space.varies) == (4, 6, True)
    assert space.possible_bits == pytest.approx(math.log2(10**4 + 10**5 + 10**6))
    # Two answers are equal if their lengths are, and then their characters.
    equal = sum(1 / 6**n for n in (4, 5, 6)) / 9
    assert space.equally_likely == round(1 / equal)


def test_what_is_known_narrows_the_answers() -> None:
    reader = Reader(known=Known.parse(characters="2-4"))
    space = AnswerSpace.of(reader, restricted=True)
    assert (space.characters, space.equally_likely) == ("234", 3**6)
    assert space.possible_bits == pytest.approx(6 * math.log2(3))


def test_positions_are_counted_only_where_lengths_are_fixed() -> None:
    texts = ["ab12", "AB12a", "1212ab"] * 4
    alphabet = count_alphabet(captchas(texts), VARYING)
    assert (alphabet.length, alphabet.shortest) == (6, 4)
    (together,) = alphabet.counts
    assert dict(zip("abAB12", together, strict=True)) == {
        "a": 12, "b": 8, "A": 4, "B": 4, "1": 16, "2": 16,
    }  # fmt: skip
    assert alphabet.missing == ""
    fixed = count_alphabet(captchas(["234568"] * 3), FIXED)
    assert len(fixed.counts) == 6
    assert fixed.bits == 0


def test_entropy_of_varying_lengths() -> None:
    rng = np.random.default_rng(1)
    texts = ["".join(rng.choice([*"abAB12"], rng.integers(4, 7))) for _ in range(4000)]
    alphabet = count_alphabet(captchas(texts), VARYING)
    exact = math.log2(3) + 5 * math.log2(6)
    assert alphabet.bits == pytest.approx(exact, abs=0.05)
    assert alphabet.uniform_p
    assert alphabet.uniform_p > 1e-6
    sessions: list[Session] = []
    repeats = count_repeats(sessions, captchas(texts), VARYING.equally_likely)
    found = [w.key for w in judge_randomness(alphabet, repeats) if w.result == "found"]
    # 4,000 answers of 4 to 6 of six characters repeat often by chance alone.
    assert found == []


def test_sums_have_only_the_answers_that_were_seen() -> None:
    space = AnswerSpace("0123456789+=?", 5, 5, is_sum=True)
    assert space.equally_likely is None
    texts = list(islice(cycle(f"{a}+{b}=?" for a, b in product(range(1, 10), repeat=2)), 810))
    accepted = space.answers(captchas(texts))
    assert accepted[0].text == "2"
    alphabet = count_alphabet(accepted, space)
    assert (alphabet.charset, alphabet.counts, alphabet.missing) == ("0123456789", (), "")
    assert alphabet.possible_bits == pytest.approx(math.log2(17))
    assert alphabet.bits
    assert 3.5 < alphabet.bits < math.log2(17)
    repeats = count_repeats([], accepted, space.equally_likely)
    assert (repeats.expected_distinct, repeats.distinct_p) == (None, None)
    judged = {w.key: w for w in judge_randomness(alphabet, repeats)}
    assert judged["same_answers"].result == "not_tested"
    assert "sums" in judged["missing_character"].evidence
