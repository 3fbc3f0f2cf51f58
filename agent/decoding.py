"""From a picture file, of whatever kind the world has, to the grey pixels that a model reads.

Palettes, transparency, 16 bits, CMYK, animations and other sizes are brought to one
form. What cannot be is refused with its name, before much memory is spent on it. What
the pixels say is not decided here.
"""

from __future__ import annotations

import io
import logging
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from agent.errors import PictureError

# A captcha has some ten kilobytes and some ten thousand pixels.
MOST_BYTES = 32_000_000
MOST_PIXELS = 16_000_000
# How much one side may be stretched more than the other without a word.
SAME_SHAPE = 1.05

logger = logging.getLogger(__name__)


def open_picture(file: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Grey pixels of a picture file; see `decode`. Raises PictureError."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise PictureError(f"{file} cannot be read ({error.strerror})") from None
    return decode(content, str(file), size)


def decode(content: bytes, source: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Grey pixels, uint8 (height, width), 0 black to 255 white, of a picture file's content.

    Transparent parts count as white, as on paper; of an animation the first frame
    counts. A picture that is not of `size` (width, height) is resampled to it, with a
    warning in the log where that changes its shape. `source` names it in messages.

    Raises PictureError where it is no picture, is damaged, or has no pixels or more
    than 16 million of them, which is known before they are decoded.
    """
    if len(content) > MOST_BYTES:
        raise PictureError(f"{source} has more than {MOST_BYTES:,} bytes: that is no captcha")
    try:
        # Pillow warns of what could fill the memory; here that is no picture.
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(io.BytesIO(content)) as image,
        ):
            width, height = image.size
            if 0 < width * height <= MOST_PIXELS:
                return _resampled(_grey(image), source, size)
    except UnidentifiedImageError:
        raise PictureError(f"{source} is not a picture of any known format") from None
    except Exception as error:  # Pillow's decoders raise what they like.
        raise PictureError(f"{source} is not a picture that can be read ({error})") from None
    raise PictureError(f"{source} is {width}x{height} pixels: that is no captcha")


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # Of 16 bits the upper eight; Pillow alone would clip.
        values = np.asarray(image).astype(np.int64)
        values = values >> 8 if values.max() > 255 else values
        return Image.fromarray(values.clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    if image.mode not in ("1", "L"):
        image = image.convert("RGB")
    return image.convert("L")


def _resampled(image: Image.Image, source: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    if image.size != size:
        across, down = size[0] / image.width, size[1] / image.height
        if max(across, down) > SAME_SHAPE * min(across, down):
            logger.warning(
                "warning: %s is %dx%d pixels and was stretched to the %dx%d that the model reads: "
                "is it the captcha that the model is for?",
                *(source, *image.size, *size),
            )
        image = image.resize(size, Image.Resampling.BICUBIC)
    return np.asarray(image)
