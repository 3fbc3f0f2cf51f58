"""What can go wrong while making things. The whole tree is drawn in agent/errors.py."""

from __future__ import annotations

from models import CapsliceError


class TrainingError(CapsliceError):
    """A training command was given something that it cannot work with."""


class GlyphError(TrainingError):
    """A font cannot be read, or lacks a character of the charset."""


class DrawingError(TrainingError):
    """A captcha cannot show the text that it was asked to show."""


class DataSetError(TrainingError):
    """A folder has no labelled pictures, or (under --strict) one that is broken."""


class NetworkError(TrainingError):
    """A network cannot be built for pictures of this shape."""


class FitError(TrainingError):
    """A folder does not hold a finished fit, or holds one that must not be lost."""


class ExportError(TrainingError):
    """The exported model does not compute what the fitted one does, or cannot be written."""


class ServeError(TrainingError):
    """The mock page cannot be served at this address."""
