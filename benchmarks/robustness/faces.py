"""The faces that a model is tested on. No model is fitted on any of them.

Held-out families may guide the making of a model: its temperature and the agent's
`min_confidence` are chosen with them. Test families decide nothing; the model reads them once,
when everything is chosen.
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

# fontTools warns of every table that it leaves out.
logging.getLogger("fontTools").setLevel(logging.ERROR)

# Font packages, and prefixes of the names of font files on the system.
TEST_PACKAGES = ("inter", "lato", "open-sans")
TEST_FILES = (
    "Liberation", "Nimbus", "URWBookman", "URWGothic", "C059", "P052", "Z003", "Cantarell",
    "Carlito",
)  # fmt: skip
HANDS = ("DancingScript", "Satisfy", "Z003")


def held_out_faces() -> tuple[Face, ...]:
    """The faces of the held-out families. Raises GlyphError if there are none."""
    return find_faces(HELD_OUT)


def final_test_faces() -> tuple[Face, ...]:
    """The faces of the test families that this machine has; there may be none."""
    faces = system_faces(TEST_FILES, SYSTEM)
    with suppress(GlyphError):
        faces += find_faces(TEST_PACKAGES)
    by_name = {face.name: face for face in faces}
    return tuple(by_name[name] for name in sorted(by_name))


@cache
def font_file(face: Face) -> bytes:
    """The content of a font file with only this face, at its weight if the font is variable."""
    if not face.variable:
        return face.path.read_bytes()
    font = TTFont(face.path)
    subsetter = Subsetter()  # all glyphs would take seconds
    subsetter.populate(text="0123456789A")  # the original spaces its digits by the width of an A
    subsetter.subset(font)
    location = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}
    content = io.BytesIO()
    instantiateVariableFont(font, location | {"wght": face.weight}, inplace=True).save(content)
    return content.getvalue()
