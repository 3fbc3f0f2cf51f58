"""Lets readers read the module's pictures, and counts what is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.original.drawing import Drawing, Group
from benchmarks.readers.specs import peers
from capslice import Reader, command_line
from capslice.models.decoding import Known
from capslice.models.intervals import Rate
from capslice.training.pictures.fonts import Face


@dataclass(frozen=True)
class Outcome:
    """The number of digits of a picture that were read right, of how many."""

    group: Group
    face: Face
    right: int
    length: int


def upright(faces: Sequence[Face]) -> list[Face]:
    """Choose one face of each family: upright if possible, and closest to regular weight."""
    best: dict[str, Face] = {}
    for face in sorted(faces, key=lambda face: (face.slanted, abs(face.weight - 400), face.name)):
        best.setdefault(face.family, face)
    return [best[family] for family in sorted(best)]


def judge(reader: Reader, drawings: Sequence[Drawing]) -> Iterator[Outcome]:
    """Let one of our models read the pictures."""
    pictures = np.stack([reader.decode(each.png, "the picture") for each in drawings])
    readings = reader.read_many(pictures)
    for reading, each in zip(readings, drawings, strict=True):
        yield _outcome(reading.text, each)


def judge_peers(drawings: Sequence[Drawing]) -> dict[str, list[Outcome]]:
    """Let each installed peer read the pictures; the outcomes are by its name."""
    outcomes: dict[str, list[Outcome]] = {}
    groups = dict.fromkeys(each.group for each in drawings)
    for group in command_line.follow(groups, len(groups), "comparing"):
        of_group = [each for each in drawings if each.group is group]
        length = len(of_group[0].text)
        for spec in peers(Known(length, length, group.digits)):
            read = spec.load(1)
            judged = (_outcome(read(each.png).text, each) for each in of_group)
            outcomes.setdefault(spec.name, []).extend(judged)
    return outcomes


def _outcome(text: str, drawing: Drawing) -> Outcome:
    right = sum(map(str.__eq__, text, drawing.text)) if len(text) == len(drawing.text) else 0
    return Outcome(drawing.group, drawing.face, right, len(drawing.text))


def select(outcomes: Iterable[Outcome], group: Group, face: Face | None = None) -> list[Outcome]:
    """The outcomes of a group, and of one face if it is given."""
    return [each for each in outcomes if each.group is group and face in (None, each.face)]


def captcha_rate(outcomes: Iterable[Outcome]) -> Rate:
    """The rate of captchas with every digit right."""
    whole = [outcome.right == outcome.length for outcome in outcomes]
    return Rate(sum(whole), len(whole))


def digit_rate(outcomes: Iterable[Outcome]) -> Rate:
    """The rate of single digits read right."""
    counts = [(outcome.right, outcome.length) for outcome in outcomes]
    right, length = (sum(each) for each in zip(*counts, strict=True))
    return Rate(right, length)
