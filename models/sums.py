"""Works out the sum that a captcha shows, such as `3+4=?`, without ever running it as code."""

from __future__ import annotations

import re
from fractions import Fraction

# What a picture may show, and the sign that is meant.
SIGNS = {"+": "+", "-": "-", "−": "-", "×": "*", "x": "*", "X": "*", "*": "*"} | dict.fromkeys(
    "÷/:", "/"
)
CHARACTERS = frozenset("0123456789=?").union(SIGNS)
MOST_CHARACTERS = 20  # longer ones are misread
FEWEST_CHARACTERS = 3  # of the shortest sum
SUM = re.compile(r"[0-9]+(?:[-+*/][0-9]+)+")
TERM = re.compile(r"([-+]?)([0-9]+)((?:[*/][0-9]+)*)")
FACTOR = re.compile(r"([*/])([0-9]+)")
NUMBER = re.compile(r"[-−]?[0-9]{1,20}")


def characters_of_sums(charset: str) -> str:
    """Return those of a charset that sums are made of."""
    return "".join(character for character in charset if character in CHARACTERS)


def check_can_show_sums(characters: str, longest: int) -> None:
    """Raise ValueError if no text of up to `longest` of these characters is a sum."""
    lacking = [
        *(["digit"] if set(characters).isdisjoint("0123456789") else []),
        *(["sign such as +"] if SIGNS.keys().isdisjoint(characters) else []),
    ]
    if lacking:
        raise ValueError(
            f"reads no sums, because none of its possible characters is a {' or a '.join(lacking)}"
            ": correct the answer or the characters"
        )
    if longest < FEWEST_CHARACTERS:
        raise ValueError(
            f"reads no sums, because its texts have at most {longest} characters: correct the "
            "answer or the length"
        )


def value(text: str) -> int | None:
    """Return the value of the sum that `text` shows, or None if it shows none.

    A sum is two or more whole numbers with signs between them: + - − × x X * for the first three
    operations, and ÷ / : for division. Products come before sums. What follows `=` is ignored, as
    are spaces and a `?` at the end. None is also the value of a sum that has more than 20
    characters, divides by zero, or is no whole number: then the text was misread.
    """
    expression = text.partition("=")[0].replace(" ", "").removesuffix("?")
    expression = "".join(SIGNS.get(character, character) for character in expression)
    if len(text) > MOST_CHARACTERS or not SUM.fullmatch(expression):
        return None
    try:
        result = sum((_term(*parts) for parts in TERM.findall(expression)), Fraction(0))
    except ZeroDivisionError:
        return None
    return int(result) if result.denominator == 1 else None


def wanted_value(label: str) -> int | None:
    """Return the value that a label asks for: that of the sum, or of the number, that it is.

    None if it is neither.
    """
    if NUMBER.fullmatch(label):
        return int(label.replace("−", "-"))
    return value(label)


def _term(sign: str, first: str, factors: str) -> Fraction:
    """The value of a product such as `-3*4/2`, in three parts: its sign, `3`, and `*4/2`."""
    result = Fraction(int(first))
    for operation, number in FACTOR.findall(factors):
        result = result * int(number) if operation == "*" else result / int(number)
    return -result if sign == "-" else result
