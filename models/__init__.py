"""The street between the rooms: shipped models, their card, and what both command lines share.

Only the errors are loaded here: `models.card` needs msgspec, and `--help` does not.
"""

from models.errors import CapsliceError, LabelsError, ModelError, PictureError, SheetError

__all__ = ["CapsliceError", "LabelsError", "ModelError", "PictureError", "SheetError"]
