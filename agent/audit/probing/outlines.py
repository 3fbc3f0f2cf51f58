"""Finds out if a program can tell the characters of an SVG by their source, without reading them.

A library that draws a captcha as SVG often takes the outline of each character from a font. It may
move, scale and bend the outline, but its commands (move, line, curve) stay the same, and each
character has its own. Text and references to symbols tell even more.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections import defaultdict

NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
COMMANDS = re.compile(r"[a-df-z]", re.IGNORECASE)
ENTITY = "<!ENTITY"
MOST = 1_000_000  # more commands than a path has
OWN = 0.7  # the least share of outlines that are no other character's
LEAST_REPEATED = 4  # characters that have to show the outline that they had before


def outlines(svg: str, length: int) -> list[str]:
    """What stands for each of `length` characters in an SVG, from left to right; [] if unknown.

    Of the paths, those with the most commands count: lines across the picture have few.
    """
    if not svg or ENTITY in svg:
        return []
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314  entities are refused above
    except ElementTree.ParseError:
        return []
    found: list[tuple[float, int, str]] = []
    for element in root.iter():
        kind = str(element.tag).rpartition("}")[2]
        if kind == "path":
            data = element.get("d", "")
            commands = "".join(COMMANDS.findall(data))
            found.append((_first(data), len(commands), commands))
        elif kind in ("text", "tspan") and (text := (element.text or "").strip()):
            found += [
                (_first(element.get("x", "0")) + i / 1000, 999, c) for i, c in enumerate(text)
            ]
        elif kind == "use":
            href = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
            found.append((_first(element.get("x", "0")), MOST, href))
    longest = sorted(found, key=lambda each: -each[1])[:length]
    return [outline for _, _, outline in sorted(longest)] if len(longest) == length else []


def tell_characters(pictures: list[tuple[str, str]]) -> tuple[int, int] | None:
    """How many characters of the (answer, SVG) came again, and of how many.

    None unless each character has the same outline each time, and most have one of their own. The
    case may make no difference, as some sites draw capitals only.
    """
    drawn = [(answer, outlines(svg, len(answer))) for answer, svg in pictures]
    if not all(found for _, found in drawn):
        return None
    total = sum(len(answer) for answer, _ in drawn)
    for change in (str, str.casefold):
        by_character: dict[str, set[str]] = defaultdict(set)
        for answer, found in drawn:
            for character, outline in zip(answer, found, strict=True):
                by_character[change(character)].add(outline)
        distinct = set().union(*by_character.values())
        repeated = total - len(by_character)
        is_told = all(len(each) == 1 for each in by_character.values())
        if is_told and repeated >= LEAST_REPEATED and len(distinct) >= OWN * len(by_character):
            return repeated, total
    return None


def _first(data: str) -> float:
    number = NUMBER.search(data)
    return float(number[0]) if number else 0.0
