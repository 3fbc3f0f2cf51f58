"""Have the module's pictures read, and count what was right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.original.drawing import Drawing, Group
from benchmarks.readers.kinds import peers
from capslice import Reader, command_line
from capslice.models.intervals import Rate
from capslice.training.pictures.fonts import Face


@dataclass(frozen=True)
class Outcome:
    """How many of the digits of a picture were read right, of how many."""

    group: Group
    face: Face
    right: int
    length: int


def upright(faces: Sequence[Face]) -> list[Face]:
    """Of each family the face that is upright, if there is one, and nearest to regular."""
    best: dict[str, Face] = {}
    for face in sorted(faces, key=lambda face: (face.slanted, abs(face.weight - 400), face.name)):
        best.setdefault(face.family, face)
    return [best[family] for family in sorted(best)]


def judge(reader: Reader, drawings: Sequence[Drawing]) -> Iterator[Outcome]:
    """What a model makes of these."""
    pictures = np.stack([reader.decode(each.png, "the picture") for each in drawings])
    readings = reader.read_many(pictures)
    for reading, each in zip(readings, drawings, strict=True):
        yield _outcome(reading.text, each)


def judge_peers(drawings: Sequence[Drawing]) -> dict[str, list[Outcome]]:
    """What others make of these, by their names."""
    outcomes: dict[str, list[Outcome]] = {}
    groups = dict.fromkeys(each.group for each in drawings)
    for group in command_line.follow(groups, len(groups), "comparing"):
        for kind in peers(group.digits):
            read = kind.read_with(1)
            found = (_outcome(read(each.png), each) for each in drawings if each.group is group)
            outcomes.setdefault(kind.name, []).extend(found)
    return outcomes


def _outcome(text: str, drawing: Drawing) -> Outcome:
    right = sum(map(str.__eq__, text, drawing.text)) if len(text) == len(drawing.text) else 0
    return Outcome(drawing.group, drawing.face, right, len(drawing.text))


def chosen(outcomes: Iterable[Outcome], group: Group, face: Face | None = None) -> list[Outcome]:
    """Those of a group, and of one face if it is given."""
    return [each for each in outcomes if each.group is group and face in (None, each.face)]


def captchas(outcomes: Iterable[Outcome]) -> Rate:
    """How many were read right, whole."""
    whole = [outcome.right == outcome.length for outcome in outcomes]
    return Rate(sum(whole), len(whole))


def digits(outcomes: Iterable[Outcome]) -> Rate:
    """How many digits were read right."""
    counts = [(outcome.right, outcome.length) for outcome in outcomes]
    right, length = (sum(each) for each in zip(*counts, strict=True))
    return Rate(right, length)
