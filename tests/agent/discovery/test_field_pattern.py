"""What the `pattern` of a field says about answers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.discovery.field_pattern import ENDLESS, understood, written
from capslice.models.decoding.known import parse_characters

UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")
ASCII = st.characters(min_codepoint=32, max_codepoint=126)

CLASSES = st.sampled_from(["[A-Z]", "[0-9a-f]", r"\d", "[2-9ACx-z]", r"[\d-]", r"[\w.]", ".", "K"])
TIMES = st.sampled_from(["", "?", "*", "+", "{3}", "{2,}", "{0,4}", "{4,6}"])
PATTERNS = st.lists(st.tuples(CLASSES, TIMES).map("".join), min_size=1, max_size=4).map("".join)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[A-Z0-9]{4,6}", (4, 6, UPPER | DIGITS)),
        (r"\d{6}", (6, 6, DIGITS)),
        ("^[0-9]*$", (0, ENDLESS, DIGITS)),
        (".{5}", (5, 5, None)),
        ("[A-Z]{2}[0-9]{3,}", (5, ENDLESS, UPPER | DIGITS)),
        ("[a-c]?[x]+", (1, ENDLESS, frozenset("abcx"))),
        (r"[a\-c]", (1, 1, frozenset("a-c"))),
    ],
)
def test_simple_patterns(pattern: str, expected: object) -> None:
    assert understood(pattern) == expected


@pytest.mark.parametrize(
    "pattern",
    ["", "(a|b)", "a|b", "[^0-9]+", r"\S+", "(?=.*[0-9]).{6}", "[A-Z]+?", "[A-Z--B]", "[z-a]",
     "[A-Z&&B]", "[a-z", "{3}", "[0-9]{6,4}", r"[\s\d]", r"\p{L}{5}", "[0-9]" * 1000, "a{0}"],
)  # fmt: skip
def test_other_patterns_say_nothing(pattern: str) -> None:
    assert understood(pattern) is None


@given(st.data(), PATTERNS)
def test_all_that_matches_is_allowed(data: st.DataObject, pattern: str) -> None:
    allowed = understood(pattern)
    assert allowed
    matched = data.draw(
        st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True, alphabet=ASCII)
    )
    assert allowed.shortest <= len(matched) <= allowed.longest
    assert allowed.characters is None or set(matched) <= allowed.characters


@given(st.text(ASCII, max_size=40) | st.text("[]{}\\^$-+*?.,09azdw|()", max_size=20))
def test_no_text_is_an_error(pattern: str) -> None:
    allowed = understood(pattern)
    assert allowed is None or allowed.shortest <= allowed.longest


@given(st.frozensets(ASCII, min_size=1))
def test_what_is_written_can_be_read(characters: frozenset[str]) -> None:
    assert frozenset(parse_characters(written(characters))) == characters
