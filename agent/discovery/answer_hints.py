"""What the form says about the answers: length, characters, case, and whether they are sums.

The attributes of the field count, and the texts around it. What is only half known is left out.
`misfits` tells what the field does not take: a browser does not send a form whose field breaks its
own `pattern`, `minlength` or `type`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from msgspec import Struct
from playwright.sync_api import Locator

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.time_limit import limited_synchronously
from capslice.agent.discovery.field_pattern import DIGITS, LETTERS, Allowed, understood, written
from capslice.agent.discovery.words import WEIGHTS, alternatives
from capslice.errors import one_line
from capslice.models.decoding.known import span

MOST_SHOWN = 40  # characters that a field does not take
LONGEST = 12  # characters; no captcha has more, so a higher maxlength says nothing
ANYTHING = Allowed(0, LONGEST + 1, None)


class Clues(Struct, frozen=True):
    """What the page says about the answer, as clues.js describes it.

    count:        the number of fields; several are a row of boxes, one for each character.
    most, fewest: the maxlength and minlength of the first field; 0 for none.
    pattern:      its pattern.
    numeric:      whether its inputmode or type is for numbers.
    only_numbers: whether its type is for numbers, so that it takes nothing else.
    checked:      whether the browser checks it before it sends the form.
    transform:    its text-transform in CSS.
    capitals:     whether it asks a keyboard on the screen for capitals.
    text:         its label, its placeholder, and the texts around it.
    """

    count: int
    most: int
    fewest: int
    pattern: str
    numeric: bool
    transform: str
    capitals: bool
    text: str
    only_numbers: bool = False
    checked: bool = True


@dataclass(frozen=True)
class Hints:
    """What was found: values for keys of the section [model], and the reason for each."""

    values: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def but(self, keys: set[str]) -> Hints:
        """These hints without some keys."""
        kept = {key: value for key, value in self.values.items() if key not in keys}
        return Hints(kept, {key: self.reasons[key] for key in kept})


def find_hints(selected: Locator) -> Hints:
    """Return what the form says about answers; `selected` matches the field or the fields."""
    clues = find_clues(selected)
    return hints(clues) if clues else Hints()


def find_clues(selected: Locator) -> Clues | None:
    """Return what the page says about the answer; None if `selected` matches no field."""
    with limited_synchronously(selected.page):
        found = selected.evaluate_all(function(__package__, "clues"))
    return checked(found, Clues) if found else None


def hints(clues: Clues) -> Hints:
    """Return what the clues say about answers."""
    text = clues.text.lower()
    if sums := re.search(alternatives("answer", "sum"), text):
        # The rest is about the value. The picture shows something else.
        return Hints({"answer": "sum"}, {"answer": _quoted(sums)})
    any_case = re.search(alternatives("answer", "any_case"), text)
    if any_case:
        # "Does not matter" says nothing about length and characters.
        text = text.replace(any_case[0], "|")
    allowed = understood(clues.pattern) or ANYTHING
    found = {
        "length": _length(clues, text, allowed),
        "characters": _characters(clues, text, allowed),
    }
    if not found["characters"] or found["characters"][0] != "0-9":
        found["case"] = _case(clues, allowed) or (("fold", _quoted(any_case)) if any_case else None)
    known = {key: each for key, each in found.items() if each}
    return Hints(
        {key: value for key, (value, _) in known.items()},
        {key: reason for key, (_, reason) in known.items()},
    )


Found = tuple[str, str] | None  # a value and the reason for it


def _length(clues: Clues, text: str, allowed: Allowed) -> Found:
    if clues.count > 1:
        return (str(clues.count), f"{clues.count} boxes") if clues.count <= LONGEST else None
    shortest = max(clues.fewest, allowed.shortest, 1)
    longest = min(clues.most or ANYTHING.longest, allowed.longest)
    said = _said_length(text)
    if said and shortest <= said[0] <= said[1] <= longest:
        return _range(said[0], said[1]), said[2]
    if not shortest <= longest <= LONGEST or longest < 2:
        return None
    reasons = (
        f"pattern {clues.pattern}" if allowed is not ANYTHING else "",
        f"minlength {clues.fewest}" if clues.fewest else "",
        f"maxlength {clues.most}" if clues.most else "",
    )
    return _range(shortest, longest), ", ".join(filter(None, reasons))


def _range(shortest: int, longest: int) -> str:
    return str(longest) if shortest == longest else f"{shortest}-{longest}"


def _said_length(text: str) -> tuple[int, int, str] | None:
    """The range of lengths that a text names, and how; None unless it names one and no other."""
    found, units = {}, set()
    for match in _counts().finditer(text):
        one, other = match["one"], match["other"] or match["one"]
        found[_number(one), _number(other)] = _quoted(match)
        units.add(match.lastgroup)
    # "3 letters and 3 digits" are six characters.
    if len(found) != 1 or units >= {"letters", "digits"} or _is_inexact(text):
        return None
    ((shortest, longest), words), *_ = found.items()
    return (shortest, longest, words) if 2 <= shortest <= longest <= LONGEST else None


@cache
def _counts() -> re.Pattern[str]:
    """A number or a range, perhaps two words, and a unit, such as "4 to 6 random letters"."""
    number = "|".join(alternatives("number", key) for key in WEIGHTS["number"])
    number = rf"(?<![a-z\d])\d{{1,2}}(?!\d)|{number}"
    between = rf"\s*(?:{alternatives('answer', 'range')})\s*"
    units = "|".join(
        f"(?P<{key}>{alternatives('answer', key)})"
        for key in ("digits", "letters", "characters", "places")
    )
    return re.compile(
        rf"(?P<one>{number})(?:{between}(?P<other>{number}))?[\s)-]*"
        rf"(?:[^\W\d]{{1,20}}[ -]){{0,2}}(?:{units})"
    )


def _number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    return next(
        int(value)
        for key, value in WEIGHTS["number"].items()
        if re.fullmatch(alternatives("number", key), word)
    )


def _is_inexact(text: str) -> bool:
    return bool(re.search(alternatives("answer", "inexact"), text))


def _characters(clues: Clues, text: str, allowed: Allowed) -> Found:
    if allowed.characters is not None:
        # Nobody types a space.
        characters = allowed.characters - {" "}
        return (written(characters), f"pattern {clues.pattern}") if characters else None
    if clues.numeric:
        return "0-9", "a field for numbers"
    if _is_inexact(text):
        return None
    digits, letters, others = (
        re.search(alternatives("answer", key), text) for key in ("digits", "letters", "characters")
    )
    if digits and letters:
        return written(frozenset(DIGITS + LETTERS)), f"{_quoted(digits)}, {_quoted(letters)}"
    if digits and not others:
        return "0-9", _quoted(digits)
    # Without a number, "type the letters" often includes digits.
    if letters and not others and _said_length(text):
        return written(frozenset(LETTERS)), _quoted(letters)
    return None


def _case(clues: Clues, allowed: Allowed) -> Found:
    letters = "".join(allowed.characters or ())
    if letters.isupper() or letters.islower():
        return "upper" if letters.isupper() else "lower", f"pattern {clues.pattern}"
    if clues.transform in ("uppercase", "lowercase"):
        return clues.transform.removesuffix("case"), f"text-transform {clues.transform}"
    return ("upper", "autocapitalize characters") if clues.capitals else None


def _quoted(match: re.Match[str]) -> str:
    return f"“{' '.join(match[0].split())}”"


class Misfit(NamedTuple):
    """What the field does not take, in one clause, and whether it takes no answer at all."""

    finding: str
    takes_none: bool


def misfits(clues: Clues, characters: str, lengths: tuple[int, int] | None) -> list[Misfit]:
    """Compare a field with the characters and the range of lengths that a model's answers have.

    `lengths` is None where the answers are no texts but values, whose lengths nobody knows.
    """
    return [*_about_characters(clues, characters), *_about_lengths(clues, lengths)]


def _about_characters(clues: Clues, characters: str) -> Iterator[Misfit]:
    allowed = understood(clues.pattern)
    if allowed and allowed.characters is not None:
        yield from _compare(
            f"pattern {one_line(clues.pattern)}", characters, allowed.characters, clues.checked
        )
    if clues.numeric:
        kind = "type for numbers" if clues.only_numbers else "keyboard for digits (inputmode)"
        yield from _compare(kind, characters, DIGITS, clues.only_numbers)


def _compare(
    rule: str, characters: str, takes: Collection[str], is_strict: bool
) -> Iterator[Misfit]:
    refused = [each for each in characters if each not in takes]
    if not refused:
        return
    # A script of the page may change the case of what is typed.
    folded = {each.casefold() for each in takes}
    takes_none = all(each.casefold() not in folded for each in characters)
    what = one_line("".join(refused), MOST_SHOWN)
    if len(refused) == len(characters):
        finding = f"the input's {rule} has none of the characters that the model reads ({what})"
    else:
        finding = f"the input's {rule} does not have {what}, which the model may read"
    yield Misfit(finding, takes_none and is_strict)


def _about_lengths(clues: Clues, lengths: tuple[int, int] | None) -> Iterator[Misfit]:
    if lengths is None or clues.count > 1:
        return
    allowed = understood(clues.pattern)
    fewest = max(clues.fewest, allowed.shortest if allowed else 0)
    if lengths[1] < fewest or (allowed and lengths[0] > allowed.longest):
        rule = f"pattern {one_line(clues.pattern)}" if allowed else f"minlength {clues.fewest}"
        finding = f"the input's {rule} wants another length than the model reads ({span(*lengths)})"
        yield Misfit(finding, clues.checked)
