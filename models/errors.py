"""The root of every error that a user can meet. The whole tree is drawn in agent/errors.py."""

from __future__ import annotations

from typing import ClassVar


class CapsliceError(Exception):
    """What happened, on what, and what to do about it, in one line.

    `exit_status` is what a command ends with: 1 not solved, 2 wrong use or
    configuration, 3 the target or the browser failed.
    """

    exit_status: ClassVar[int] = 2


class ModelError(CapsliceError):
    """A model file is missing, is not ONNX, or does not keep to the contract of its card."""


class SheetError(CapsliceError):
    """A sheet of pictures has none to show, or cannot be written."""
