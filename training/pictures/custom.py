"""A captcha of one's own: any class that says what it draws, and draws it.

    class Letters:
        size = (120, 40)      # width and height of its pictures
        charset = "abcdefgh"  # the characters that can come
        length = 4            # how many a captcha has

        def draw(self, text: str, rng: numpy.random.Generator) -> PIL.Image.Image: ...

It is chosen as `package.module:Letters`, and tried before hours are spent on it. Where it knows in
which columns its characters are, it may say so: then `draw` is `draw_with_middles`, and gives the
picture and a list of their middles, in pixels from the left. `slices` may name the columns
[left, right) that each character stays within, and `sizes` what to do with pictures that are not
all of one size: "padded" to `size`, or "stretched".
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from capslice.errors import DrawingError, one_line
from capslice.models.sizing import Sizes, place, resized
from capslice.training.pictures.captcha import Captcha, Slices

Side = Annotated[int, Field(gt=0, le=2000)]  # in pixels, as on a card


class Drawing(Protocol):
    """What such a class has; instead of `draw`, it may have `draw_with_middles`."""

    size: tuple[int, int]
    charset: str
    length: int

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        """The picture of a text. Whatever is left to chance is drawn from `rng` alone."""


class Described(BaseModel):
    """What such a class says of its pictures."""

    model_config = ConfigDict(from_attributes=True, strict=True)

    size: tuple[Side, Side]
    charset: Annotated[str, Field(min_length=2)]
    length: PositiveInt
    slices: Slices | None = None
    sizes: Sizes = "one"

    @field_validator("charset")
    @classmethod
    def _each_once(cls, charset: str) -> str:
        if len(set(charset)) < len(charset):
            raise ValueError("each character may be there once")
        return charset

    @field_validator("slices")
    @classmethod
    def _one_each(cls, slices: Slices | None, others: ValidationInfo) -> Slices | None:
        if slices is not None and len(slices) != others.data.get("length"):
            raise ValueError("there must be as many as characters")
        return slices


class CustomCaptcha(Captcha):
    """What a drawing of one's own draws, as all others here do: grey, many at once."""

    def __init__(self, name: str, drawing: Drawing) -> None:
        self.name, self.drawing = name, drawing
        try:
            described = Described.model_validate(drawing)
        except ValidationError as error:
            wrong = error.errors()[0]
            what = f"has no good {wrong['loc'][0]}" if wrong["loc"] else "is none"
            raise self._wrong(f"{what} ({wrong['msg']})") from None
        self.size, self.charset = described.size, described.charset
        self.length, self.own_slices = described.length, described.slices
        self.sizes = described.sizes
        self._try()

    @property
    def fonts(self) -> tuple[str, ...]:
        """Those that the drawing names in `fonts`, if it does."""
        return tuple(getattr(self.drawing, "fonts", ()))

    @property
    def slicings(self) -> dict[str, Slices]:
        """The drawing's own slices, if it has some, and an even division."""
        return ({"own": self.own_slices} if self.own_slices else {}) | super().slicings

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64] | None]:
        """uint8 (n, height, width), and float64 (n, length): the middles, where they are known."""
        drawn = [self._draw_one("".join(self.charset[code] for code in row), rng) for row in codes]
        middles = [known for _, known in drawn if known is not None]
        return np.stack([picture for picture, _ in drawn]), np.array(middles) if middles else None

    def _draw_one(
        self, text: str, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], Sequence[float] | None]:
        taught = getattr(self.drawing, "draw_with_middles", None)
        try:
            drawn: Any = taught(text, rng) if taught else (self.drawing.draw(text, rng), None)
            image, middles = drawn
            own, image = image.size, image.convert("L")
        except Exception as error:  # whatever a class that is not ours may raise
            raise self._wrong(f"cannot draw {text!r} ({_told(error)})") from error
        if own != self.size and self.sizes == "one":
            raise self._wrong(
                f"draws a picture of {own[0]}x{own[1]} pixels, where its size is "
                f"{self.size[0]}x{self.size[1]} (or `sizes` is to be 'padded' or 'stretched')"
            )
        picture = np.asarray(resized(image, self.size, self.sizes))
        if middles is None:
            return picture, None
        if len(middles) != self.length:
            raise self._wrong(f"gives {len(middles)} middles for {self.length} characters")
        at = place(own, self.size, self.sizes)
        return picture, [at.left + middle * at.width / own[0] for middle in middles]

    def _try(self) -> None:
        # Every character comes, so that none is a surprise after hours.
        rows = -(-len(self.charset) // self.length)
        codes = np.resize(np.arange(len(self.charset)), (rows, self.length))
        first, again = (self.draw_many(codes, np.random.default_rng(1)) for _ in range(2))
        if not np.array_equal(first, again):
            raise self._wrong(
                "draws other pictures of the same texts from the same generator: it must take "
                "whatever is left to chance from `rng`"
            )

    def _wrong(self, what: str) -> DrawingError:
        return DrawingError(f"the captcha {self.name} {what}")


def custom_captcha(name: str) -> CustomCaptcha:
    """The captcha of a class that is named as `package.module:Class`, found from here.

    Raises DrawingError where it cannot be imported, or does not do what such a class has to.
    """
    module, _, attribute = name.partition(":")
    # As `python -m` has it: what lies in the folder that one is in can be imported.
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), attribute)
        drawing = found() if isinstance(found, type) else found
    except Exception as error:  # whatever a module that is not ours may raise
        raise DrawingError(
            f"the captcha {name} cannot be loaded ({_told(error)}): give it as "
            "package.module:Class, of a module that can be imported from here"
        ) from error
    return CustomCaptcha(name, drawing)


def _told(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")
