"""Defines the groups of pictures that a model is tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.robustness.faces import HANDS
from capslice.training.pictures.fonts import Face


def _is_hand(face: Face) -> bool:
    return face.family.startswith(HANDS)


def _ordinary(face: Face) -> bool:
    return 400 <= face.weight <= 500 and not face.slanted and not _is_hand(face)


def _bold(face: Face) -> bool:
    return 600 <= face.weight <= 700 and not face.slanted and not _is_hand(face)


def _slanted(face: Face) -> bool:
    return 400 <= face.weight <= 700 and face.slanted and not _is_hand(face)


def _thin(face: Face) -> bool:
    return face.weight <= 300 and not _is_hand(face)


def _black(face: Face) -> bool:
    return face.weight >= 800 and not _is_hand(face)


@dataclass(frozen=True)
class Group:
    """Pictures in some faces, with the same settings.

    includes: whether the group has pictures in a face.
    size:     the lowest and the highest font size, in pixels per em.
    pepper:   the number of dark points.
    jpeg:     the JPEG quality from 0 to 100; None for no compression.
    share:    the group's part of all pictures, relative to the other groups.
    """

    name: str
    includes: Callable[[Face], bool]
    size: tuple[float, float] = (24, 30)
    pepper: int = 500
    jpeg: int | None = None
    share: int = 1


GROUPS = (
    Group("ordinary", _ordinary, share=3),
    Group("bold", _bold),
    Group("slanted", _slanted),
    Group("thin", _thin),
    Group("black", _black),
    Group("chancery hands", _is_hand),
    Group("22 px", _ordinary, size=(22, 22)),
    Group("33 px", _ordinary, size=(33, 33)),
    Group("1,000 points", _ordinary, pepper=1000),
    Group("JPEG, quality 50", _ordinary, jpeg=50),
)
