"""The faces that a model is judged on, none of which it was fitted on.

HELD_OUT families may be looked at while a model is made: its temperature and the agent's
`min_confidence` are chosen by them. TEST families decide nothing. They are read once, when
all is chosen.
"""

from __future__ import annotations

import io
import logging
from contextlib import suppress
from functools import cache

from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from capslice.errors import GlyphError
from capslice.training.pictures.fonts import HELD_OUT, SYSTEM, Face, find_faces, system_faces

# It tells of every table that it leaves out.
logging.getLogger("fontTools").setLevel(logging.ERROR)

# Families of packages, and the beginnings of file names on the system.
TEST_PACKAGES = ("inter", "lato", "open-sans")
TEST_FILES = (
    "Liberation", "Nimbus", "URWBookman", "URWGothic", "C059", "P052", "Z003", "Cantarell",
    "Carlito",
)  # fmt: skip
HANDS = ("DancingScript", "Satisfy", "Z003")


def held_out_faces() -> tuple[Face, ...]:
    """Of the families that were held out. Raises GlyphError where there is none."""
    return find_faces(HELD_OUT)


def faces_of_the_test() -> tuple[Face, ...]:
    """Of the test families, as far as this machine has them; maybe none."""
    faces = system_faces(TEST_FILES, SYSTEM)
    with suppress(GlyphError):
        faces += find_faces(TEST_PACKAGES)
    by_name = {face.name: face for face in faces}
    return tuple(by_name[name] for name in sorted(by_name))


@cache
def font_file(face: Face) -> bytes:
    """The face as a font file of its own, set to its weight where the file holds many."""
    if not face.variable:
        return face.path.read_bytes()
    font = TTFont(face.path)
    used = Subsetter()  # the rest would take seconds to be set to a weight
    used.populate(text="0123456789A")  # the original's digits stand apart by the width of an A
    used.subset(font)
    place = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}
    content = io.BytesIO()
    instantiateVariableFont(font, place | {"wght": face.weight}, inplace=True).save(content)
    return content.getvalue()
