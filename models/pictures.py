"""From a picture file, of whatever kind the world has, to the grey pixels that a model reads.

Palettes, transparency, 16 bits, CMYK, animations and other sizes are brought to one
form. What cannot be is refused with its name, before much memory is spent on it. What
the pixels say is not decided here.
"""

from __future__ import annotations

import io
import logging
import threading
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile

from capslice.errors import PictureError, one_line
from capslice.files import read_at_most
from capslice.models.sizing import Sizes, resized

# What browsers have shown as pictures for decades. Each further format is a further decoder.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
PNG = b"\x89PNG\r\n\x1a\n"
# A captcha has some ten thousand pixels. Of this many, Pillow can keep ten copies in 160 MB,
# and a file in which they are not compressed at all is no longer than this many bytes.
MOST_PIXELS = 4_000_000
MOST_BYTES = 4 * MOST_PIXELS + 100_000
# A progressive JPEG has ten scans or so, and may say in a few bytes that it has another: each
# costs a walk over all pixels.
SCAN, MOST_SCANS = b"\xff\xda", 100
# How much one side may be stretched more than the other without a word.
SAME_SHAPE = 1.05

logger = logging.getLogger(__name__)


class _Silence:
    """Python's warnings are ignored by all threads while any of them is inside.

    `warnings.catch_warnings` alone would put back, when threads overlap, what another has set.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._caught = warnings.catch_warnings(action="ignore")
                self._caught.__enter__()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._caught.__exit__(None, None, None)


_SILENCE = _Silence()


def open_picture(
    file: Path, size: tuple[int, int] | None = None, sizes: Sizes = "one", *, warn: bool = True
) -> NDArray[np.uint8]:
    """Grey pixels of a picture file; see `decode`. Raises PictureError."""
    try:
        content = read_at_most(file, MOST_BYTES)
    except OSError as error:
        raise PictureError(f"{file} cannot be read ({error.strerror})") from None
    return decode(content, str(file), size, sizes, warn=warn)


def decode(
    content: bytes,
    source: str,
    size: tuple[int, int] | None = None,
    sizes: Sizes = "one",
    *,
    warn: bool = True,
) -> NDArray[np.uint8]:
    """Grey pixels, uint8 (height, width), 0 black to 255 white, of a picture file's content.

    Transparent parts count as white, as on paper; of an animation the first frame
    counts. A picture that is not of `size` (width, height), if one is given, is brought to it as
    `sizes` has it; where one is stretched that should be of one size, with a warning in the log,
    if that is wanted. `source` names it in messages.

    Raises PictureError where it is no picture of FORMATS, is damaged, has more bytes
    than MOST_BYTES, or has no pixels or more than MOST_PIXELS, which is known before
    they are decoded.
    """
    if len(content) > MOST_BYTES:
        raise PictureError(f"{source} has more than {MOST_BYTES:,} bytes: that is no captcha")
    try:
        # What Pillow warns of, it either reads nevertheless, or it is too large for us anyway.
        with (
            _SILENCE,
            _opened(content) as image,
        ):
            width, height = image.size
            if not 0 < width * height <= MOST_PIXELS:
                raise PictureError(f"{source} is {width}x{height} pixels: that is no captcha")
            if image.format == "JPEG" and content.count(SCAN) > MOST_SCANS:
                raise PictureError(f"{source} has more than {MOST_SCANS} scans: that is no captcha")
            grey = _grey(image)
            if size and warn and sizes == "one":
                _warn_of_another_shape(grey.size, source, size)
            return np.asarray(resized(grey, size, sizes) if size else grey)
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"{source} is not a picture of any known format") from None
    except Exception as error:  # Pillow's decoders raise what they like.
        raise PictureError(
            f"{source} is not a picture that can be read ({one_line(str(error))})"
        ) from None


def _opened(content: bytes) -> Image.Image:
    if content.startswith(PNG):
        # What a screenshot is. Pillow would first load its drivers for all other formats.
        return PngImageFile(io.BytesIO(content))
    return Image.open(io.BytesIO(content), formats=FORMATS)


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # Of 16 bits the upper eight; Pillow alone would clip.
        values = np.asarray(image)
        values = values >> 8 if values.max() > 255 else values
        return Image.fromarray(values.clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    if image.mode not in ("1", "L"):
        image = image.convert("RGB")
    return image.convert("L")


def _warn_of_another_shape(own: tuple[int, int], source: str, size: tuple[int, int]) -> None:
    across, down = size[0] / own[0], size[1] / own[1]
    if max(across, down) > SAME_SHAPE * min(across, down):
        logger.warning(
            "warning: %s is %dx%d pixels and was stretched to the %dx%d that the model reads: "
            "is it the captcha that the model is for?",
            *(source, *own, *size),
        )
