"""The card: a model's description of itself, inside its file.

A model is one ONNX file. Its input `image` is uint8 (n, height, width), the grey picture as it
is. Its output `probabilities` is float32: (n, length, len(charset)) if each position has a
character, or (n, columns, len(charset) + 1) if each column has a character or nothing, which is
the last class (CTC). Everything else that a user of the model needs is on the card, which is
stored as JSON in the file's metadata.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from capslice.errors import ModelError, one_line
from capslice.models.sizing import Sizes
from capslice.models.tta import DIAGONAL

METADATA_KEY = "capslice.card"
HERE = Path(__file__).parent
SHIPPED = HERE / "ellipses.onnx"  # the default model
MAX_CARD = 100_000  # characters; the shipped model's card has 1,777

# Bounds far beyond any captcha, so that no card can ask for more memory than there is.
LONGEST = 100  # text
MOST_CHARACTERS = 1000  # in a charset
MOST_COLUMNS = 256
MOST_STATES = 2_000_000  # that decoding CTC keeps; a general reader's 48 columns need some 100,000
Count = Annotated[int, Meta(gt=0, le=10**12)]
Right = Annotated[int, Meta(ge=0, le=10**14)]
Seed = Annotated[int, Meta(ge=0)]
Side = Annotated[int, Meta(gt=0, le=2000)]
Numbers = Literal["int8", "float32"]
Decoding = Literal["positions", "ctc"]
Length = Annotated[int, Meta(gt=0, le=LONGEST)]
Move = Annotated[int, Meta(ge=-100, le=100)]
Column = Annotated[int, Meta(ge=-2000, le=4000)]


def model_path(model: Path) -> Path:
    """Return the shipped model of this name, or `model` itself if it is a file or has a folder."""
    shipped = HERE / f"{model.name}.onnx"
    is_name = str(model) == model.name and not model.exists() and shipped.exists()
    return shipped if is_name else model


class Accuracy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many of `pictures` held-out captchas the model read right: none was in its fit.

    captcha:          the kind of captcha, which may differ from the kind that it was fitted to.
    pictures:         the number of captchas: drawn from `seed`, or the test part of a folder.
    captchas_right:   how many of them were read without an error.
    characters_right: how many of their characters were read right.
    confidence:       the mean confidence of the readings, in [0, 1]; None if it was not recorded.
    """

    captcha: str = "ellipses"
    pictures: Count
    captchas_right: Right
    characters_right: Right
    seed: Seed
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None


class Card(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Describes what a model reads, how it is built, and how well it did.

    captcha:       the kind of captcha that the model was fitted to.
    charset:       its characters, in the order of the model's classes.
    length:        the number of characters of a captcha, or of its longest text.
    shortest:      that of its shortest text, if it differs; see `fewest`.
    decoding:      `positions` or `ctc`; see above.
    columns:       the number of columns of a CTC model.
    characters:    those that a text can have if its reader says nothing else; all by default.
    width, height: the size of the input in pixels.
    sizes:         how a picture of another size is adapted (`models/sizing.py`).
    slices:        the columns [left, right) where the network of each character looks, or, for
                   a network over the whole picture, where its attention starts.
    networks:      `shared` (one network for all slices), `each` (one a slice), `whole` (one
                   over the whole picture) or `columns` (the same with CTC, which has no slices).
    parameters:    the number of parameters.
    multiply_adds: the number of multiplications for one captcha, without TTA.
    numbers:       the type that the inner convolutions compute with.
    fonts:         the names of the fonts in the training pictures, as far as they are known.
    fitted_on:     the number of captchas that it was fitted to.
    fit_seed:      the seed of the fit.
    temperature:   the divisor of the logits that calibrates confidence; already in the graph.
    tta_below:     the confidence below which the reader applies test-time augmentation
                   (`models/tta.py`), in [0, 1]; 0 for never.
    tta_moves:     the (rows, columns) by which it moves each copy of the picture.
    accuracy:      how well the model did on held-out captchas.
    versions:      the packages that made the model, and their versions.
    """

    captcha: str
    charset: Annotated[str, Meta(min_length=2, max_length=MOST_CHARACTERS)]
    length: Length
    shortest: Length | None = None
    decoding: Decoding = "positions"
    columns: Annotated[int, Meta(gt=0, le=MOST_COLUMNS)] | None = None
    characters: Annotated[str, Meta(min_length=1, max_length=MOST_CHARACTERS)] | None = None
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
            raise ValueError("charset: each character must be printable and occur only once")
        if self.fewest > self.length:
            raise ValueError("shortest: it must be at most the length")
        if self.decoding == "positions" and (self.fewest < self.length or self.columns):
            raise ValueError("decoding: positions have one length and no columns")
        if self.decoding == "ctc" and (self.columns or 0) < needed_columns(
            self.length, self.characters or self.charset
        ):
            raise ValueError("columns: CTC needs at least one for each character")
        states = (self.columns or 0) * self.length * len(self.charset)
        if states > MOST_STATES:
            raise ValueError("columns: too many for decoding, with this length and charset")
        if not set(self.characters or "") <= set(self.charset):
            raise ValueError("characters: each must be in the charset")

    @property
    def fewest(self) -> int:
        """The number of characters of the shortest text."""
        return self.length if self.shortest is None else self.shortest

    @property
    def output_shape(self) -> tuple[int, int]:
        """The shape of the output for one picture."""
        if self.columns is None:
            return self.length, len(self.charset)
        return self.columns, len(self.charset) + 1

    def as_json(self, indent: int = -1) -> str:
        """Return the card as JSON; an `indent` of 0 or more lays it out for people."""
        return msgspec.json.format(msgspec.json.encode(self), indent=indent).decode()

    @classmethod
    def from_json(cls, content: str) -> Card:
        """Parse the result of `as_json`. Raises msgspec's DecodeError if it is not a card."""
        return msgspec.json.decode(content, type=cls)

    @classmethod
    def from_metadata(cls, metadata: dict[str, str], source: str) -> Card:
        """Parse the card in an ONNX file's metadata; `source` names the file in messages.

        Raises ModelError if there is no card, or if it is invalid.
        """
        content = metadata.get(METADATA_KEY)
        if content is None:
            raise ModelError(
                f"{source} carries no capslice card: use a file made by `capslice export`"
            )
        if len(content) > MAX_CARD:
            raise ModelError(
                f"{source} carries a card of more than {MAX_CARD:,} characters: export the "
                "model again with this version"
            )
        try:
            return cls.from_json(content)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ModelError(
                f"{source} carries a card that does not fit ({one_line(str(error))}): "
                "export the model again with this version"
            ) from None


def needed_columns(length: int, characters: str) -> int:
    """The fewest columns in which CTC can show some text of these characters."""
    # Equal characters side by side need a blank between them.
    return length if len(characters) > 1 else 2 * length - 1
