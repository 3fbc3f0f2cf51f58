"""Decodes picture files into the grey pixels that a model reads.

It converts palettes, transparency, 16 bits and CMYK, makes still pictures of a moving one
(`models/moving.py`), and fits pictures of other sizes. It refuses oversized and broken files before
they take much memory.
"""

from __future__ import annotations

import io
import logging
import threading
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile

from capslice.errors import PictureError, one_line
from capslice.files import read_at_most
from capslice.models.moving import MOST_FRAMES, views
from capslice.models.sizing import Sizes, resized

# The formats that browsers show. Each further format would add a decoder that can be attacked.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
MOVING = ("PNG", "GIF", "WEBP")  # those that can have frames
PNG = b"\x89PNG\r\n\x1a\n"
# A captcha has some ten thousand pixels. Pillow can keep ten copies of this many in 160 MB, and
# even an uncompressed file of them is no longer than MAX_BYTES.
MAX_PIXELS = 4_000_000
MAX_BYTES = 4 * MAX_PIXELS + 100_000
# A progressive JPEG has about ten scans. Each costs a pass over all pixels, but only a few bytes
# in the file.
SCAN, MAX_SCANS = b"\xff\xda", 100
# The ratio of horizontal to vertical stretching above which a warning is logged.
SAME_SHAPE = 1.05

logger = logging.getLogger(__name__)


class _Silence:
    """A context in which all threads ignore Python's warnings.

    With overlapping threads, `warnings.catch_warnings` alone would restore the wrong state.
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
    """Read a picture file and decode it; see `decode`. Raises PictureError."""
    return decode(content_of(file), str(file), size, sizes, warn=warn)


def content_of(file: Path) -> bytes:
    """Read a picture file, but not much more than MAX_BYTES. Raises PictureError."""
    try:
        return read_at_most(file, MAX_BYTES)
    except OSError as error:
        raise PictureError(f"{file} cannot be read ({error.strerror})") from None


def decode(
    content: bytes,
    source: str,
    size: tuple[int, int] | None = None,
    sizes: Sizes = "one",
    *,
    warn: bool = True,
) -> NDArray[np.uint8]:
    """Decode the content of a picture file: uint8 (height, width), 0 black to 255 white.

    It is the first one of `decode_views`: of a moving picture, the mean of its frames.
    """
    first: NDArray[np.uint8] = decode_views(content, source, size, sizes, warn=warn)[0]
    return first


def decode_views(
    content: bytes,
    source: str,
    size: tuple[int, int] | None = None,
    sizes: Sizes = "one",
    *,
    warn: bool = True,
) -> NDArray[np.uint8]:
    """Decode a picture file to its views, uint8 (n, height, width), 0 black to 255 white.

    A moving picture has three views, any other has one; see `models/moving.py`. Transparent pixels
    become white. If `size` (width, height) is given, a picture of another size is fitted to it as
    `sizes` says. With `warn`, a warning is logged if that distorts a picture whose size should be
    right. `source` names the picture in messages.

    Raises PictureError if the content is not a picture in one of FORMATS, is damaged, is longer
    than MAX_BYTES, or has no pixels or more than MAX_PIXELS; the last is known before decoding.
    """
    if len(content) > MAX_BYTES:
        raise PictureError(f"{source} has more than {MAX_BYTES:,} bytes: that is no captcha")
    try:
        # Pillow warns of what it can read nevertheless, and of sizes that we refuse anyway.
        with (
            _SILENCE,
            _opened(content) as image,
        ):
            width, height = image.size
            if not 0 < width * height <= MAX_PIXELS:
                raise PictureError(f"{source} is {width}x{height} pixels: that is no captcha")
            if image.format == "JPEG" and content.count(SCAN) > MAX_SCANS:
                raise PictureError(f"{source} has more than {MAX_SCANS} scans: that is no captcha")
            if size and warn and sizes == "one":
                _warn_of_distortion(image.size, source, size)
            found = views(np.stack([np.asarray(frame) for frame in _frames(image)]))
            if size is None:
                return found
            fitted = (resized(Image.fromarray(view), size, sizes) for view in found)
            return np.stack([np.asarray(view) for view in fitted])
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"{source} is not a picture of any known format") from None
    except Exception as error:  # Pillow's decoders raise errors of many types.
        raise PictureError(
            f"{source} is not a picture that can be read ({one_line(str(error))})"
        ) from None


def is_moving(content: bytes) -> bool:
    """Whether this is a picture file with several frames. Knows without decoding all of them."""
    try:
        with _SILENCE, _opened(content) as image:
            return image.format in MOVING and bool(getattr(image, "is_animated", False))
    except Exception:  # Pillow's decoders raise errors of many types.
        return False


def _opened(content: bytes) -> Image.Image:
    if content.startswith(PNG):
        # Screenshots are PNG files. `Image.open` would first load the drivers of all formats.
        return PngImageFile(io.BytesIO(content))
    return Image.open(io.BytesIO(content), formats=FORMATS)


def _frames(image: Image.Image) -> Iterator[Image.Image]:
    """The grey frames: at most MOST_FRAMES, and MAX_PIXELS in all."""
    yield _grey(image)
    width, height = image.size
    most = min(MOST_FRAMES, MAX_PIXELS // (width * height))
    for number in range(1, most if image.format in MOVING else 1):
        try:
            image.seek(number)
        except EOFError:
            return
        yield _grey(image)


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # Keep the upper eight of 16 bits; Pillow alone would clip.
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


@lru_cache(maxsize=1000)
def _warn_of_distortion(own: tuple[int, int], source: str, size: tuple[int, int]) -> None:
    """Warn once of the pictures of a source that are stretched, not at each one."""
    horizontal, vertical = size[0] / own[0], size[1] / own[1]
    if max(horizontal, vertical) > SAME_SHAPE * min(horizontal, vertical):
        logger.warning(
            "warning: %s is %dx%d pixels and was stretched to the %dx%d that the model reads: "
            "is it the captcha that the model is for?",
            *(source, *own, *size),
        )
