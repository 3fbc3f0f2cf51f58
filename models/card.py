"""The card: what a model file says of itself, inside the file.

A model is one ONNX file. It takes `image`, uint8 (n, height, width), the grey
picture as it is, and gives `probabilities`, float32 (n, length, len(charset)).
Whatever else there is to know of it stands on the card, as JSON in the file's
metadata. This module knows nothing of how models are made or run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from models.errors import ModelError

METADATA_KEY = "capslice.card"
SHIPPED = Path(__file__).with_name("ellipses.onnx")


class Accuracy(BaseModel):
    """How many of `pictures` captchas, drawn afresh from `seed`, the model read right.

    `captcha` names their kind, which need not be the one that was fitted to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    captcha: str = "ellipses"
    pictures: PositiveInt
    captchas_right: Annotated[int, Field(ge=0)]
    digits_right: Annotated[int, Field(ge=0)]
    seed: int


class Card(BaseModel):
    """What a model reads, how it is built, and how well it did.

    `slices` are the columns [left, right) that each digit's network looks at, or looks at
    first; `networks` is `shared` (one network for all slices), `each` (one a slice) or
    `whole` (one over the whole picture). `temperature` is what the logits were divided by,
    so that confidences mean what they say; the graph has done it already.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    captcha: str
    charset: Annotated[str, Field(min_length=2)]
    length: PositiveInt
    width: PositiveInt
    height: PositiveInt
    slices: tuple[tuple[int, int], ...]
    networks: str
    parameters: PositiveInt
    fonts: tuple[str, ...]
    fitted_on: PositiveInt
    fit_seed: int
    temperature: Annotated[float, Field(gt=0)] = 1.0
    accuracy: Accuracy
    versions: dict[str, str]

    @classmethod
    def from_metadata(cls, metadata: dict[str, str], source: str) -> Card:
        """The card in an ONNX file's metadata; `source` names the file in an error.

        Raises ModelError where there is no card, or one that does not fit.
        """
        try:
            return cls.model_validate_json(metadata[METADATA_KEY])
        except KeyError:
            raise ModelError(
                f"{source} carries no capslice card: use a file made by `captcha-training export`"
            ) from None
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "JSON"
            raise ModelError(
                f"{source} carries a card that does not fit ({field}: {first['msg']}): "
                "export the model again with this version"
            ) from None
