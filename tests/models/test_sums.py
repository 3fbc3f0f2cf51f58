"""The value of a sum, compared with Python's own arithmetic on exact fractions."""

from __future__ import annotations

import operator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.models.sums import characters_of_sums, check_can_show_sums, value, wanted_value

OPERATIONS = {
    **{"+": operator.add, "-": operator.sub, "−": operator.sub},
    **dict.fromkeys("×xX*", operator.mul),
    **dict.fromkeys("÷/:", operator.truediv),
}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("3+4=?", 7),
        ("3 + 4 = ?", 7),
        ("12−5", 7),
        ("5-12=", -7),
        ("2×3+4?", 10),
        ("2+3x4=?", 14),
        ("10-2*3-1", 3),
        ("12÷4=", 3),
        ("12:4/3", 1),
        ("1/3*6", 2),  # a third is no whole number, but the result is one
        ("07+1", 8),
        ("3+4=7", 7),
    ],
)
def test_the_value_of_a_sum(text: str, right: int) -> None:
    assert value(text) == right


@pytest.mark.parametrize(
    "text",
    [
        *("", "=", "?", "=7", "12", "12=?", "3+", "+3", "-3+4", "3++4", "3+-4", "3+?=7"),
        *("1÷0", "0/0=?", "7÷2=", "1/3", "3+4)", "3+a", "3**4", "3+4\n", "٣+٤", "²+1"),
        *("__import__('os')", "1" * 19 + "+1", "3+4 = " + "?" * 20),
    ],
)
def test_what_is_no_sum_has_no_value(text: str) -> None:
    assert value(text) is None


@given(
    st.integers(0, 99),
    st.lists(st.tuples(st.sampled_from(list(OPERATIONS)), st.integers(0, 99)), min_size=1),
)
def test_it_agrees_with_exact_arithmetic(first: int, rest: list[tuple[str, int]]) -> None:
    text = str(first) + "".join(f"{sign}{number}" for sign, number in rest)
    assert value(text) == (exact(first, rest) if len(text) <= 20 else None)


def exact(first: int, rest: list[tuple[str, int]]) -> int | None:
    """The value by a stack of terms: a product changes the last term, a sum adds one."""
    terms = [Fraction(first)]
    for sign, number in rest:
        operation = OPERATIONS[sign]
        try:
            if operation in (operator.mul, operator.truediv):
                terms[-1] = operation(terms[-1], Fraction(number))
            else:
                terms.append(operation(Fraction(0), Fraction(number)))
        except ZeroDivisionError:
            return None
    total = sum(terms)
    return int(total) if total.denominator == 1 else None


def test_only_digits_and_signs_of_a_charset_make_sums() -> None:
    assert characters_of_sums("0189abcx×-=?O") == "0189x×-=?"
    assert characters_of_sums("abcdefgh") == ""


@pytest.mark.parametrize(
    ("characters", "longest", "said"),
    [
        ("0123456789", 10, "because none of its possible characters is a sign such as +: correct"),
        ("0123=?", 10, "is a sign such as +"),
        ("ABCX", 10, "is a digit: correct the answer or the characters"),
        ("abcd", 10, "is a digit or a sign such as +"),
        (
            "0123+",
            2,
            "because its texts have at most 2 characters: correct the answer or the length",
        ),
    ],
)
def test_characters_and_lengths_that_show_no_sums(characters: str, longest: int, said: str) -> None:
    with pytest.raises(ValueError, match=r"^reads no sums, because ") as caught:
        check_can_show_sums(characters, longest)
    assert said in str(caught.value)


@given(st.text("0123456789+X=?abc", max_size=6), st.integers(1, 6))
def test_a_sum_is_never_ruled_out(text: str, more: int) -> None:
    if value(text) is not None:
        check_can_show_sums("".join(set(text)), len(text) + more)


@pytest.mark.parametrize(
    ("label", "wanted"),
    [("3+4=?", 7), ("7", 7), ("-7", -7), ("−7", -7), ("hello", None), ("7÷2", None), ("", None)],
)
def test_a_label_is_a_sum_or_a_value(label: str, wanted: int | None) -> None:
    assert wanted_value(label) == wanted


@given(st.text(max_size=25))
def test_any_text_has_a_value_or_none(text: str) -> None:
    assert value(text) is None or any(sign in text for sign in OPERATIONS)
