"""The card: what a model file says of itself, inside the file.

A model is one ONNX file. It takes `image`, uint8 (n, height, width), the grey
picture as it is, and gives `probabilities`, float32 (n, length, len(charset)).
Whatever else there is to know of it stands on the card, as JSON in the file's
metadata. This module knows nothing of how models are made or run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from models.errors import ModelError, one_line

METADATA_KEY = "capslice.card"
SHIPPED = Path(__file__).with_name("ellipses.onnx")
MOST_CARD = 100_000  # characters; the shipped model's has 1,775


def _distinct(charset: str) -> str:
    if len(set(charset)) < len(charset) or not charset.isprintable():
        raise ValueError("each character must be printable, and there once")
    return charset


# Bounds far beyond any captcha, so that no card asks for more memory than there is.
Count = Annotated[int, Field(gt=0, le=10**12)]
Right = Annotated[int, Field(ge=0, le=10**14)]
Seed = Annotated[int, Field(ge=0, le=2**63)]
Side = Annotated[int, Field(gt=0, le=2000)]
Numbers = Literal["int8", "float32"]
Column = Annotated[int, Field(ge=-2000, le=4000)]


class Accuracy(BaseModel):
    """How many of `pictures` captchas, drawn afresh from `seed`, the model read right.

    `captcha` names their kind, which need not be the one that was fitted to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    captcha: str = "ellipses"
    pictures: Count
    captchas_right: Right
    digits_right: Right
    seed: Seed


class Card(BaseModel):
    """What a model reads, how it is built, and how well it did.

    `slices` are the columns [left, right) that each digit's network looks at, or looks at
    first; `networks` is `shared` (one network for all slices), `each` (one a slice) or
    `whole` (one over the whole picture). `temperature` is what the logits were divided by,
    so that confidences mean what they say; the graph has done it already. `second_look` is the
    confidence below which whoever runs it looks again (`models/looks.py`): 0 is never.
    `numbers` are what its inner convolutions compute with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    captcha: str
    charset: Annotated[str, Field(min_length=2, max_length=1000), AfterValidator(_distinct)]
    length: Annotated[int, Field(gt=0, le=100)]
    width: Side
    height: Side
    slices: tuple[tuple[Column, Column], ...]
    networks: str
    parameters: Count
    numbers: Numbers = "float32"
    fonts: tuple[str, ...]
    fitted_on: Count
    fit_seed: Seed
    temperature: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    second_look: Annotated[float, Field(ge=0, le=1)] = 0.0
    accuracy: Accuracy
    versions: dict[str, str]

    @classmethod
    def from_metadata(cls, metadata: dict[str, str], source: str) -> Card:
        """The card in an ONNX file's metadata; `source` names the file in an error.

        Raises ModelError where there is no card, or one that does not fit.
        """
        written = metadata.get(METADATA_KEY)
        if written is None:
            raise ModelError(
                f"{source} carries no capslice card: use a file made by `captcha-training export`"
            )
        if len(written) > MOST_CARD:
            raise ModelError(
                f"{source} carries a card of more than {MOST_CARD:,} characters: export the model "
                "again with this version"
            )
        try:
            return cls.model_validate_json(written)
        except ValidationError as error:
            first = error.errors()[0]
            field = one_line(".".join(map(str, first["loc"]))) or "JSON"
            raise ModelError(
                f"{source} carries a card that does not fit ({field}: {one_line(first['msg'])}): "
                "export the model again with this version"
            ) from None
