"""Custom captchas: your own class that describes and draws a captcha.

    class Letters:
        size = (120, 40)      # width and height of the picture
        charset = "abcdefgh"  # the characters that can occur
        length = 4            # the number of characters; (4, 6) for four to six

        def draw(self, text: str, rng: numpy.random.Generator) -> PIL.Image.Image: ...

Name it `package.module:Letters` on the command line. It is tested before any long work starts.

A class that knows the columns of its characters should have `draw_with_middles` in place of
`draw`. It returns the picture and a list with the middle of each character, in pixels from the
left. A class whose texts follow a rule, such as sums, should have `random_text(rng)`, which
returns a text to draw. Optional attributes are `fonts` (their names), `slices` (the columns
[left, right) that each character stays within), and `sizes` if the pictures have many sizes:
"padded" or "stretched", which fits them to `size`.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from capslice.errors import DrawingError, one_line
from capslice.models.sizing import Sizes, place, resized
from capslice.training.pictures.captcha import Captcha, Slices, codes_of, texts_of

# The limits are those of a card.
Side = Annotated[int, Field(gt=0, le=2000)]  # pixels
Length = Annotated[int, Field(gt=0, le=100)]  # characters

TRIAL_TEXTS = 1000  # of a `random_text`; the trial draws those that show something new


class Drawing(Protocol):
    """The interface of a custom class; it may have `draw_with_middles` in place of `draw`."""

    size: tuple[int, int]
    charset: str
    length: int | tuple[int, int]

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        """Draw a picture of `text`. All randomness must come from `rng`."""


class DrawingAttributes(BaseModel):
    """Validates the attributes of a custom class."""

    model_config = ConfigDict(from_attributes=True, strict=True)

    size: tuple[Side, Side]
    charset: Annotated[str, Field(min_length=2)]
    length: tuple[Length, Length]  # of the shortest and the longest text
    slices: Slices | None = None
    sizes: Sizes = "one"

    @field_validator("charset")
    @classmethod
    def _no_duplicates(cls, charset: str) -> str:
        if len(set(charset)) < len(charset):
            raise ValueError("each character may occur only once")
        return charset

    @field_validator("length", mode="before")
    @classmethod
    def _one_length(cls, length: Any) -> Any:
        return length if isinstance(length, tuple | list) else (length, length)

    @field_validator("length")
    @classmethod
    def _ascending(cls, length: tuple[int, int]) -> tuple[int, int]:
        if length[0] > length[1]:
            raise ValueError("the shortest must come before the longest")
        return length

    @field_validator("slices")
    @classmethod
    def _one_each(cls, slices: Slices | None, others: ValidationInfo) -> Slices | None:
        _, longest = others.data.get("length", (0, 0))
        if slices is not None and len(slices) != longest:
            raise ValueError("there must be as many as characters")
        return slices


class CustomCaptcha(Captcha):
    """Adapts a custom class: draws many grey pictures at once."""

    def __init__(self, name: str, drawing: Drawing) -> None:
        """Check the attributes of `drawing`, and draw all its characters twice as a test.

        Raises DrawingError if an attribute is missing or invalid, or if drawing fails or is not
        reproducible.
        """
        self.name, self.drawing = name, drawing
        try:
            attributes = DrawingAttributes.model_validate(drawing)
        except ValidationError as error:
            wrong = error.errors()[0]
            what = f"has no valid {wrong['loc'][0]}" if wrong["loc"] else "is not a captcha"
            raise self._error(f"{what} ({wrong['msg']})") from None
        self.size, self.charset = attributes.size, attributes.charset
        self.shortest, self.length = attributes.length
        self.own_slices, self.sizes = attributes.slices, attributes.sizes
        self._check_drawing()

    @property
    def fonts(self) -> tuple[str, ...]:
        """The `fonts` of the custom class, if it has this attribute."""
        return tuple(getattr(self.drawing, "fonts", ()))

    @property
    def slicings(self) -> dict[str, Slices]:
        """The `slices` of the custom class, if it has this attribute, and an even division."""
        return ({"own": self.own_slices} if self.own_slices else {}) | super().slicings

    def draw_with_middles(
        self, codes: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64] | None]:
        """Draw one picture after the other; see `Captcha`. Raises DrawingError if that fails."""
        drawn = [self._draw_one(text, rng) for text in texts_of(codes, self.charset)]
        middles = [known for _, known in drawn if known is not None]
        return (
            np.stack([picture for picture, _ in drawn]),
            np.stack(middles) if len(middles) == len(drawn) else None,
        )

    def random_codes(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw the codes of `count` texts, with the `random_text` of the class, if it has one.

        Raises DrawingError if that fails, or returns a text that the class does not allow.
        """
        if not hasattr(self.drawing, "random_text"):
            return super().random_codes(count, rng)
        texts = [self._own_random_text(rng) for _ in range(count)]
        return codes_of(texts, self.charset, self.length)

    def _own_random_text(self, rng: np.random.Generator) -> str:
        try:
            text: Any = self.drawing.random_text(rng)  # type: ignore[attr-defined]
        except Exception as error:  # A custom class may raise anything.
            raise self._error(f"gives no random text ({_summary(error)})") from error
        if not isinstance(text, str) or not self.can_show(text):
            raise self._error(
                f"gives the random text {text!r}, but its texts are {self.lengths} characters of "
                f"{self.charset}"
            )
        return text

    def _draw_one(
        self, text: str, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64] | None]:
        with_middles = getattr(self.drawing, "draw_with_middles", None)
        try:
            drawn: Any = (
                with_middles(text, rng) if with_middles else (self.drawing.draw(text, rng), None)
            )
            image, middles = drawn
            own, image = image.size, image.convert("L")
        except Exception as error:  # A custom class may raise anything.
            raise self._error(f"cannot draw {text!r} ({_summary(error)})") from error
        if own != self.size and self.sizes == "one":
            raise self._error(
                f"draws a picture of {own[0]}x{own[1]} pixels, but its size is "
                f"{self.size[0]}x{self.size[1]} (for many sizes, set `sizes` to 'padded' or "
                "'stretched')"
            )
        picture = np.asarray(resized(image, self.size, self.sizes))
        if middles is None:
            return picture, None
        if len(middles) != len(text):
            raise self._error(f"gives {len(middles)} middles for {len(text)} characters")
        at = place(image, self.size, self.sizes)
        known = np.full(self.length, np.nan)
        known[: len(text)] = [at.left + middle * at.width / own[0] for middle in middles]
        return picture, known

    def _check_drawing(self) -> None:
        codes = codes_of(self._trial_texts(), self.charset, self.length)
        first, again = (self.draw_many(codes, np.random.default_rng(1)) for _ in range(2))
        if not np.array_equal(first, again):
            raise self._error(
                "draws different pictures of the same texts from the same generator: take all "
                "randomness from `rng`"
            )

    def _trial_texts(self) -> list[str]:
        """Texts that show every character and every kind of length, so that none fails later."""
        if hasattr(self.drawing, "random_text"):
            rng = np.random.default_rng(1)
            texts, seen = [], set[str | int]()
            for text in (self._own_random_text(rng) for _ in range(TRIAL_TEXTS)):
                shown = {*text, len(text)}
                if not shown <= seen:
                    texts.append(text)
                    seen |= shown
            return texts
        rows = -(-len(self.charset) // self.length)
        longest = np.resize(np.arange(len(self.charset)), (rows, self.length))
        texts = texts_of(longest, self.charset)
        return texts if self.shortest == self.length else [*texts, texts[0][: self.shortest]]

    def _error(self, what: str) -> DrawingError:
        return DrawingError(f"the captcha {self.name} {what}")


def custom_captcha(name: str) -> CustomCaptcha:
    """Import the class named `package.module:Class`, also from the current folder.

    Raises DrawingError if it cannot be imported, or is not a captcha.
    """
    module, _, attribute = name.partition(":")
    # Like `python -m`, import modules from the current folder.
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), attribute)
        drawing = found() if isinstance(found, type) else found
    except Exception as error:  # A custom module may raise anything.
        raise DrawingError(
            f"the captcha {name} cannot be loaded ({_summary(error)}): give it as "
            "package.module:Class, of a module that can be imported from here"
        ) from error
    return CustomCaptcha(name, drawing)


def _summary(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")
