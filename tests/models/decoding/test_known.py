"""What is known of the answers, as people write it."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.models.decoding import Known
from capslice.models.decoding.known import mixed_ranges, parse_characters, parse_length


@pytest.mark.parametrize(
    ("length", "expected"),
    [(5, (5, 5)), ("5", (5, 5)), ("4-6", (4, 6)), (" 4 - 6 ", (4, 6)), ("1-100", (1, 100))],
)
def test_lengths(length: int | str, expected: tuple[int, int]) -> None:
    assert parse_length(length) == expected


@pytest.mark.parametrize("length", [0, "0-3", "6-4", "101", "4-", "-4", "four", "4-6-8", "", "4.5"])
def test_what_is_no_length(length: int | str) -> None:
    with pytest.raises(ValueError, match="give a number of characters such as 5, or a range"):
        parse_length(length)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("A-E2-4", "ABCDE234"),
        ("abcb", "abc"),
        ("-a", "-a"),
        ("a-", "a-"),
        ("-", "-"),
        (r"+\-*", "+-*"),
        (r"a\-c", "a-c"),
        (r"\\", "\\"),
        (r"[-\]", "[\\]"),
        ("a-c-e", "abc-e"),
        ("ä-ö", "".join(map(chr, range(ord("ä"), ord("ö") + 1)))),
    ],
)
def test_classes_of_characters(pattern: str, expected: str) -> None:
    assert parse_characters(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "give 1 to 1,000 characters"),
        ("a\n", "that can be printed"),
        ("z-a", "the range z-a goes backwards"),
        ("0-\U0010ffff", "more than 1,000 characters"),
        ("a-z一-丁0-϶", "give 1 to 1,000 characters"),
    ],
)
def test_what_is_no_class(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_characters(pattern)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # Python may one day read "--" otherwise
@given(st.text(string.ascii_letters + string.digits + "-+", min_size=1, max_size=9))
def test_a_class_is_that_of_a_regular_expression(pattern: str) -> None:
    try:
        expected = {each for each in string.printable if re.match(f"[{pattern}]", each)}
    except re.error:
        with pytest.raises(ValueError, match="backwards"):
            parse_characters(pattern)
    else:
        assert set(parse_characters(pattern)) == expected


@pytest.mark.parametrize(
    ("pattern", "mixed"),
    [
        ("A-Z2-9a-f", []),
        ("\u0430-\u044fあ-ん", []),
        ("0-9+-=?", ["+-="]),
        (r"0-9+\-=?", []),
        ("0-9+=?-", []),
        ("A-z", ["A-z"]),
        ("0-Z9-あ", ["0-Z", "9-あ"]),
        ("!-~", ["!-~"]),
    ],
)
def test_ranges_between_two_kinds_of_characters(pattern: str, mixed: list[str]) -> None:
    assert mixed_ranges(pattern) == mixed


def test_nothing_is_known_by_default() -> None:
    assert Known.parse() == Known.parse("", "") == Known()
    assert Known.parse("4-6", "a-c", "upper") == Known(4, 6, "abc", "upper")
