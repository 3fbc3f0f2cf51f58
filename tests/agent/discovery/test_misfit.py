"""What a field does not take of the answers that a model gives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from capslice.agent.discovery.answer_hints import find_clues, misfits
from tests.agent.conftest import Answer, Site
from tests.agent.discovery.conftest import Finder

DIGITS, SMALL = "234568", "abcdef"
NUMBERS = "type for numbers has none of the characters that the model reads (abcdef)"
KEYBOARD = "keyboard for digits (inputmode) has none of the characters"
LENGTH = "wants another length than the model reads (6)"

# A form, the characters of the answers, what is said, and whether no answer can be sent.
FIELDS = [
    ('<form><input pattern="[a-z]{6}">', DIGITS, "pattern [a-z]{6} has none of the", True),
    ('<form novalidate><input pattern="[a-z]{6}">', DIGITS, "has none of the", False),
    ('<input pattern="[a-z]{6}">', DIGITS, "has none of the", False),
    ('<form><input pattern="[a-z]{6}">', SMALL, "", False),
    # A script may change the case.
    ('<form><input pattern="[A-Z]{6}">', SMALL, "has none of the", False),
    ('<form><input pattern="[a-d]{6}">', SMALL, "pattern [a-d]{6} does not have ef, which", False),
    ('<form><input pattern="[a-f]{4}">', SMALL, LENGTH, True),
    ('<form><input pattern="[a-f]{4,8}">', SMALL, "", False),
    ('<form><input minlength="7">', SMALL, LENGTH, True),
    ('<form><input pattern="(?=x).{4}">', SMALL, "", False),
    ("<form><input type=number>", SMALL, NUMBERS, True),
    ("<form><input type=number>", DIGITS, "", False),
    ("<form><input inputmode=numeric>", SMALL, KEYBOARD, False),
    ("<form><div class=row>" + '<input pattern="[0-9]">' * 6 + "</div>", DIGITS, "", False),
    ("<form><div class=row>" + '<input pattern="[0-9]">' * 6 + "</div>", SMALL, "none of", True),
]


@pytest.mark.parametrize(("form", "characters", "said", "takes_none"), FIELDS)
def test_fields(
    form: str,
    characters: str,
    said: str,
    takes_none: bool,
    site: Callable[..., Site],
    finder: Finder,
) -> None:
    page = finder.new_session()
    page.goto(site({"/": Answer(form.encode())}).url)
    clues = find_clues(page.locator("input"))
    assert clues
    found = misfits(clues, characters, (6, 6))
    assert len(found) == bool(said)
    for each in found:
        assert said in each.finding
        assert each.takes_none == takes_none


def test_the_length_of_a_sums_value_is_not_known(site: Callable[..., Site], finder: Finder) -> None:
    page = finder.new_session()
    page.goto(site({"/": Answer(rb'<form><input pattern="\d{1,2}">')}).url)
    clues = find_clues(page.locator("input"))
    assert clues
    assert misfits(clues, "0123456789", None) == []
