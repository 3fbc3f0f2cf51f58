r"""Understands the `pattern` of a field if it is simple, such as `[A-Z0-9]{4,6}` or `\d{6}`."""

from __future__ import annotations

import re
import string
from typing import NamedTuple

from capslice.models.decoding.known import parse_characters

DIGITS, LETTERS = string.digits, string.ascii_letters
MOST = 1000  # characters of a pattern; a longer one is not understood
ENDLESS = 10**6  # the repeats of `+` and `*`

PIECE = re.compile(
    r"""(?P<what> \[ (?P<class> (?: \\. | [^\\\[\]] )+ ) \] | \\[dw] | \. | [^\W_] )
        (?P<times> \{ \d{1,5} (?: , \d{0,5} )? \} | [+*?] )?
    """,
    re.VERBOSE | re.DOTALL,
)
CLASSES = {r"\d": "0-9", r"\w": "A-Za-z0-9_"}
# What a class can have besides characters and ranges is not understood: a ^ at its start, the
# operators && and --, and escapes of other letters (or of a backslash).
STRANGE = re.compile(r"\^|.*(?:&&|--|\\[a-ce-vx-zA-Z0-9])", re.DOTALL)
TIMES = {"": (1, 1), "?": (0, 1), "*": (0, ENDLESS), "+": (1, ENDLESS)}


class Allowed(NamedTuple):
    """What a pattern allows: lengths, ENDLESS for no limit, and characters, None for any."""

    shortest: int
    longest: int
    characters: frozenset[str] | None


def understood(pattern: str) -> Allowed | None:
    """Return what a pattern allows; None if it is not understood, or allows nothing.

    It is understood if it is a row of classes and single letters or digits, each of which may
    repeat.
    """
    pattern = pattern.removeprefix("^").removesuffix("$")
    at, shortest, longest = 0, 0, 0
    characters: set[str] | None = set()
    while at < len(pattern) <= MOST:
        piece = PIECE.match(pattern, at)
        if piece is None:
            return None
        at = piece.end()
        try:
            fewest, most = _times(piece["times"] or "")
            own = None if piece["what"] == "." else _characters(piece["class"] or piece["what"])
        except ValueError:
            return None
        shortest, longest = shortest + fewest, longest + most
        characters = None if own is None or characters is None else characters | set(own)
    if at < len(pattern) or not longest:
        return None
    longest = min(longest, ENDLESS)
    return Allowed(shortest, longest, None if characters is None else frozenset(characters))


def _times(quantifier: str) -> tuple[int, int]:
    if quantifier in TIMES:
        return TIMES[quantifier]
    fewest, comma, most = quantifier.strip("{}").partition(",")
    found = int(fewest), int(most or ENDLESS) if comma else int(fewest)
    if found[0] > found[1]:
        raise ValueError("it goes backwards")
    return found


def _characters(inside: str) -> str:
    """The characters of a class; raises ValueError if it is not understood."""
    if STRANGE.match(inside) or "\\\\" in inside:
        raise ValueError("not understood")
    for escape, characters in CLASSES.items():
        inside = inside.replace(escape, characters)
    # Before any other sign, a backslash only says that the sign means itself.
    return parse_characters(re.sub(r"\\([^\\-])", r"\1", inside))


def written(characters: frozenset[str]) -> str:
    r"""Write characters as a class such as "A-Z2-9", which `parse_characters` reads."""
    runs: list[list[str]] = []
    for character in sorted(characters):
        if runs and ord(character) == ord(runs[-1][-1]) + 1:
            runs[-1].append(character)
        else:
            runs.append([character])
    return "".join(
        f"{_escaped(run[0])}-{_escaped(run[-1])}" if len(run) > 2 else "".join(map(_escaped, run))
        for run in runs
    )


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "\\-" else character
