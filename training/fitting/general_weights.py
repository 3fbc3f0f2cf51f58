"""The weights of the shipped general reader, from which a fit may start.

They are in float16, in a file beside the model. Its network is `networks.shape.GENERAL`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from capslice.errors import FitError
from capslice.models.card import HERE
from capslice.models.sizing import Sizes

GENERAL = "general"
PATH = HERE / "general.weights.npz"
ABOUT = "about"  # the array in the file that holds the description as JSON
Side = Annotated[int, Meta(gt=0, le=2000)]


class About(Struct, frozen=True):
    """What the weights read; the fields are those of a card."""

    charset: str
    size: tuple[Side, Side]
    sizes: Sizes


def load(path: Path = PATH) -> tuple[About, list[NDArray[np.float32]]]:
    """The description and the weights, in the order of the Keras model.

    Raises FitError where the file cannot be read.
    """
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            about = msgspec.json.decode(arrays[ABOUT].tobytes(), type=About)
            names = (name for name in arrays.files if name != ABOUT)
            return about, [arrays[name].astype(np.float32) for name in names]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise FitError(
            f"the weights of the general reader, {path}, cannot be read ({error}): install "
            "capslice again, or give --warm-start none"
        ) from None


def dump(about: About, weights: Sequence[NDArray[np.float32]]) -> bytes:
    """The content of a file with these weights."""
    content = io.BytesIO()
    described = np.frombuffer(msgspec.json.encode(about), np.uint8)
    halves = [weight.astype(np.float16) for weight in weights]
    np.savez_compressed(content, *halves, allow_pickle=False, **{ABOUT: described})
    return content.getvalue()
