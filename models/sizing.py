"""Fits pictures of other sizes to the size that a model reads.

Training and reading use the same code. `place` says where the picture lies afterwards, so that
training can move the known columns of the characters along.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# one:       all pictures should have the model's size; others are stretched, with a warning.
# stretched: pictures of many sizes are stretched to the model's size.
# padded:    pictures of many sizes keep their shape and lie at the left, where reading starts,
#            in the middle of the height; they are shrunk only if they do not fit.
# text:      the text is looked for in pictures of any size. It fills the height, and the width as
#            far as letters keep about their shape. Else it lies in the middle, so that it has
#            surroundings on both sides: more of the picture, and beyond it padding.
Sizes = Literal["one", "stretched", "padded", "text"]

STRETCH = (0.5, 1.6)  # of a text's width, compared with its height
FRAME = 2  # pixels at the edge of a picture that are not searched, because of frames
# A pixel is ink if it differs from the picture's median grey by this share of the largest
# difference, or less where the ground is even: by this multiple of the median difference (three
# standard deviations of normal noise), and by so many greys. Pale letters may lie among dark lines.
INK_SHARE, GRAIN, LEAST_INK = 0.2, 4.5, 12
LARGEST = 0.99  # the share of pixels that differ less than the largest difference
# A column belongs to the text if it has more ink than this multiple of the noise, plus this share
# of its height. A row needs less of it, because only one letter may reach there.
NOISE, COLUMN_INK, ROW_INK = 1.5, 0.03, 0.004
QUIET = 0.1  # the share of columns, or rows, that are taken to show noise alone
MOST_NOISE = 0.04  # the share of ink in them from which nothing is cut off
SMOOTH = 8  # ink is averaged over an eighth of the height
COLUMN_MARGIN, ROW_MARGIN = 0.14, 0.06  # about what was found, in heights of the picture


class Placement(NamedTuple):
    """Where a whole picture lies in another one, and its size there, in pixels.

    What lies outside is cut off.
    """

    left: float
    top: float
    width: float
    height: float


def place(image: Image.Image, size: tuple[int, int], sizes: Sizes) -> Placement:
    """Compute where a grey picture lies in one of `size` (width, height)."""
    if sizes == "text":
        return _place_text(image, size)
    if sizes != "padded":
        return Placement(0, 0, *size)
    scale = min(1, size[0] / image.width, size[1] / image.height)
    width, height = (max(1, round(side * scale)) for side in image.size)
    return Placement(0, (size[1] - height) // 2, width, height)


def resized(image: Image.Image, size: tuple[int, int], sizes: Sizes) -> Image.Image:
    """Fit a grey picture to `size` (width, height); padding gets the median grey of its edge."""
    return placed(image, size, place(image, size, sizes))


def placed(image: Image.Image, size: tuple[int, int], at: Placement) -> Image.Image:
    """Show a grey picture in one of `size` (width, height), where `place` said."""
    if at == (0, 0, *image.size) and image.size == size:
        return image
    # The part of the new picture that shows the old one, and what it shows of it.
    # (Python rounds halves to even numbers, which could leave nothing of a side of one pixel.)
    left, right = (math.floor(side + 0.5) for side in (at.left, at.left + at.width))
    top, bottom = (math.floor(side + 0.5) for side in (at.top, at.top + at.height))
    left, right, top, bottom = max(0, left), min(size[0], right), max(0, top), min(size[1], bottom)
    across, down = image.width / at.width, image.height / at.height
    box = (
        max(0, (left - at.left) * across),
        max(0, (top - at.top) * down),
        min(image.width, (right - at.left) * across),
        min(image.height, (bottom - at.top) * down),
    )
    shown = image.resize((right - left, bottom - top), Image.Resampling.BICUBIC, box)
    if shown.size == size:
        return shown
    padded = Image.new("L", size, _edge_grey(np.asarray(shown)))
    padded.paste(shown, (left, top))
    return padded


def find_text(grey: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Find the box (left, top, right, bottom) of the text in a picture, uint8 (height, width).

    The box has a margin, so that no letter is cut off. Where ink or noise is everywhere, it is the
    whole picture.
    """
    height, width = grey.shape
    inner = grey[FRAME:-FRAME, FRAME:-FRAME]
    if min(inner.shape) < 2 * SMOOTH:
        return 0, 0, width, height
    counts = np.bincount(inner.ravel(), minlength=256)
    # How far each grey is from the middle one, and how many pixels are as far.
    distances = np.abs(np.arange(256) - _quantile(counts, 0.5))
    as_far = np.bincount(distances, counts)
    share = INK_SHARE * _quantile(as_far, LARGEST)
    ink = (distances > max(LEAST_INK, min(share, GRAIN * _quantile(as_far, 0.5))))[inner]
    columns = _span(ink.mean(0), inner.shape[0] // SMOOTH, COLUMN_INK)
    rows = _span(ink[:, slice(*columns)].mean(1), 1, ROW_INK)
    across, down = (FRAME + round(margin * height) for margin in (COLUMN_MARGIN, ROW_MARGIN))
    return (
        max(0, FRAME + columns[0] - across),
        max(0, FRAME + rows[0] - down),
        min(width, FRAME + columns[1] + across),
        min(height, FRAME + rows[1] + down),
    )


def _span(ink: NDArray[np.float64], smooth: int, least: float) -> tuple[int, int]:
    """Where there is more ink than noise: [first, last); everything if that is nowhere."""
    if smooth > 1:
        ink = np.convolve(ink, np.full(smooth, 1 / smooth), "same")
    # Letters may lie at both ends, but there are gaps between them, or beside them.
    noise = np.partition(ink, int(QUIET * len(ink)))[int(QUIET * len(ink))]
    found = np.flatnonzero(ink > NOISE * noise + least)
    if noise > MOST_NOISE or not len(found):
        return 0, len(ink)
    return int(found[0]), int(found[-1]) + 1


def _place_text(image: Image.Image, size: tuple[int, int]) -> Placement:
    left, top, right, bottom = find_text(np.asarray(image))
    width, height = right - left, bottom - top
    down = size[1] / height
    # At least a pixel is left of each side.
    across = max(1 / width, min(size[0] / width, STRETCH[1] * down))
    down = max(1 / height, min(down, across / STRETCH[0]))
    return Placement(
        (size[0] - width * across) / 2 - left * across,
        (size[1] - height * down) / 2 - top * down,
        image.width * across,
        image.height * down,
    )


def _quantile(counts: NDArray[np.integer | np.floating], share: float) -> int:
    """The value that this share does not exceed, of values from 0 on that occur so many times."""
    sums = np.cumsum(counts)
    return int(np.searchsorted(sums, share * sums[-1]))


def _edge_grey(grey: NDArray[np.uint8]) -> int:
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return int(np.median(edge))
