"""The root of every error that a user can meet, and how foreign words are shown in one.

The whole tree is drawn in agent/errors.py.
"""

from __future__ import annotations

import reprlib
from typing import ClassVar

# What is quoted may be cut to leave room for what to do about it; the whole is cut last of all.
MOST_QUOTED = 200
MOST_MESSAGE = 2000

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = MOST_QUOTED // 2


def one_line(text: str, most: int = MOST_QUOTED) -> str:
    """Foreign text as one line of at most `most` characters, none of which a terminal obeys."""
    words = " ".join(text.split())
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in words[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def quoted(value: object) -> str:
    """A value of any size and depth, as Python would write it, as `one_line`."""
    try:
        return one_line(_short.repr(value))
    except ValueError:  # Python does not write out an integer of so many digits.
        return "a number of thousands of digits"


class CapsliceError(Exception):
    """What happened, on what, and what to do about it, in one line.

    `exit_status` is what a command ends with: 1 not solved, 2 wrong use or
    configuration, 3 the target or the browser failed.
    """

    exit_status: ClassVar[int] = 2

    def __str__(self) -> str:
        return one_line(super().__str__(), MOST_MESSAGE)


class ModelError(CapsliceError):
    """A model file is missing, is not ONNX, or does not keep to the contract of its card."""


class PictureError(CapsliceError):
    """Not a picture of any known format, damaged, or far larger than any captcha."""


class LabelsError(CapsliceError):
    """A folder of labelled pictures, or the list of its labels, cannot be read or used."""


class SheetError(CapsliceError):
    """A sheet of pictures has none to show, or cannot be written."""
