"""The card: what a model file says of itself, inside the file.

A model is one ONNX file. It takes `image`, uint8 (n, height, width), the grey
picture as it is, and gives `probabilities`, float32 (n, length, len(charset)).
Whatever else there is to know of it stands on the card, as JSON in the file's
metadata. This module knows nothing of how models are made or run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from capslice.errors import ModelError, one_line
from capslice.models.sizing import Sizes
from capslice.models.test_time_augmentation import DIAGONAL

METADATA_KEY = "capslice.card"
HERE = Path(__file__).parent
SHIPPED = HERE / "ellipses.onnx"  # which is read with where none is named
MOST_CARD = 100_000  # characters; the shipped model's has 1,775

# Bounds far beyond any captcha, so that no card asks for more memory than there is.
Count = Annotated[int, Meta(gt=0, le=10**12)]
Right = Annotated[int, Meta(ge=0, le=10**14)]
Seed = Annotated[int, Meta(ge=0)]
Side = Annotated[int, Meta(gt=0, le=2000)]
Numbers = Literal["int8", "float32"]
Move = Annotated[int, Meta(ge=-100, le=100)]
Column = Annotated[int, Meta(ge=-2000, le=4000)]


def named(model: Path) -> Path:
    """The shipped model of that name, if it is one, and not a file that is there."""
    ours = HERE / f"{model.name}.onnx"
    is_name = str(model) == model.name and not model.exists() and ours.exists()
    return ours if is_name else model


class Accuracy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many of `pictures` captchas, drawn afresh from `seed`, the model read right.

    `captcha` names their kind, which need not be the one that was fitted to.
    """

    captcha: str = "ellipses"
    pictures: Count
    captchas_right: Right
    characters_right: Right
    seed: Seed


class Card(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a model reads, how it is built, and how well it did.

    `sizes` says how a picture of another size is brought to this one (`models/sizing.py`).
    `slices` are the columns [left, right) that each digit's network looks at, or looks at
    first; `networks` is `shared` (one network for all slices), `each` (one a slice) or
    `whole` (one over the whole picture). `temperature` is what the logits were divided by,
    so that confidences mean what they say; the graph has done it already. `second_look` is the
    confidence below which whoever runs it looks again (`models/test_time_augmentation.py`), 0 being
    never, and `moves` are by how many rows and columns it moves the picture for each further look.
    `multiply_adds` counts the products that one look at a captcha adds up, and
    `numbers` are what its inner convolutions compute with.
    """

    captcha: str
    charset: Annotated[str, Meta(min_length=2, max_length=1000)]
    length: Annotated[int, Meta(gt=0, le=100)]
    width: Side
    height: Side
    sizes: Sizes = "one"
    slices: tuple[tuple[Column, Column], ...]
    networks: str
    parameters: Count
    multiply_adds: Count | None = None
    numbers: Numbers = "float32"
    fonts: tuple[str, ...]
    fitted_on: Count
    fit_seed: Seed
    temperature: Annotated[float, Meta(gt=0)] = 1.0
    tta_below: Annotated[float, Meta(ge=0, le=1)] = 0.0
    tta_moves: Annotated[tuple[tuple[Move, Move], ...], Meta(min_length=1, max_length=8)] = DIAGONAL
    accuracy: Accuracy
    versions: dict[str, str]

    def __post_init__(self) -> None:
        if len(set(self.charset)) < len(self.charset) or not self.charset.isprintable():
            raise ValueError("charset: each character must be printable, and there once")

    def as_json(self, indent: int = -1) -> str:
        """What an ONNX file carries; with an `indent` of 0 or more, for people to read."""
        return msgspec.json.format(msgspec.json.encode(self), indent=indent).decode()

    @classmethod
    def from_json(cls, written: str) -> Card:
        """What `as_json` gave. Raises msgspec's DecodeError where it does not fit."""
        return msgspec.json.decode(written, type=cls)

    @classmethod
    def from_metadata(cls, metadata: dict[str, str], source: str) -> Card:
        """The card in an ONNX file's metadata; `source` names the file in an error.

        Raises ModelError where there is no card, or one that does not fit.
        """
        written = metadata.get(METADATA_KEY)
        if written is None:
            raise ModelError(
                f"{source} carries no capslice card: use a file made by `capslice export`"
            )
        if len(written) > MOST_CARD:
            raise ModelError(
                f"{source} carries a card of more than {MOST_CARD:,} characters: export the model "
                "again with this version"
            )
        try:
            return cls.from_json(written)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ModelError(
                f"{source} carries a card that does not fit ({one_line(str(error))}): "
                "export the model again with this version"
            ) from None
