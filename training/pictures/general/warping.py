"""What bends whole pictures, and what spoils them: blur, noise, low resolution, few greys, JPEG."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.general.variety import Range, Variety, pick

Picture = NDArray[np.uint8]  # (height, width)
Points = NDArray[np.float64]  # (n, 2): the column and row of each, in pixels
Coordinates = NDArray[np.floating[Any]]
# How far from each point (x, y) the grey comes that is shown there, to the right and down.
Shift = Callable[[Coordinates, Coordinates], tuple[Coordinates, Coordinates]]
ROOM = (0.25, 0.45)  # between a letter's middle and the edges, in heights of a capital
# The strongest blur in heights of a capital, the fewest pixels of a capital at a low resolution,
# and the strongest noise as a share of the contrast.
MOST_BLUR, LEAST_CAPITAL, MOST_NOISE = 0.055, 8, 0.25
STEPS = 4  # of the search for where a point goes


def warp(
    picture: Picture, points: Points, capital: float, variety: Variety, rng: np.random.Generator
) -> tuple[Picture, Points]:
    """Bend a picture, and move the middles of its letters along, as `points` (n, 2).

    Leaves the picture as it is if a letter would lie beyond its edge.

    capital: the height of a capital letter, in pixels.
    """
    kind = pick(variety.warps, rng)
    if kind == "none":
        return picture, points
    if kind == "perspective":
        bent, moved = perspective(picture, points, variety, rng)
    else:
        shift = SHIFTS[kind](picture.shape, capital, variety, rng)
        jagged = rng.random() < variety.jagged_share
        bent, moved = shifted(picture, points, shift, jagged=jagged)
    room = np.minimum(moved, picture.shape[::-1] - moved).min(0) >= np.array(ROOM) * capital
    return (bent, moved) if room.all() else (picture, points)


def perspective(
    picture: Picture, points: Points, variety: Variety, rng: np.random.Generator
) -> tuple[Picture, Points]:
    """Each corner of the picture moves."""
    height, width = picture.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + rng.uniform(*variety.perspective, (4, 2)).astype(np.float32) * height
    matrix = cv2.getPerspectiveTransform(corners, moved)
    bent = cv2.warpPerspective(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.uint8), np.asarray(
        cv2.perspectiveTransform(points[np.newaxis], matrix)[0], float
    )


def shifted(
    picture: Picture, points: Points, shift: Shift, *, jagged: bool = False
) -> tuple[Picture, Points]:
    """Show at each point the grey that lies `shift` away from it; of one pixel if `jagged`."""
    height, width = picture.shape
    rows = np.arange(height, dtype=np.float32)[:, np.newaxis]
    columns = np.arange(width, dtype=np.float32)[np.newaxis]
    dx, dy = shift(columns, rows)
    across, down = (
        np.broadcast_to(source, picture.shape).astype(np.float32)
        for source in (columns + dx, rows + dy)
    )
    how = cv2.INTER_NEAREST if jagged else cv2.INTER_LINEAR
    bent = cv2.remap(picture, across, down, how, borderMode=cv2.BORDER_REPLICATE)
    # A point is shown at p, where p + shift(p) is the point.
    moved = points
    for _ in range(STEPS):
        moved = points - np.stack(np.broadcast_arrays(*shift(moved[:, 0], moved[:, 1])), -1)
    return np.asarray(bent, np.uint8), moved


def wave(
    size: tuple[int, int], capital: float, variety: Variety, rng: np.random.Generator
) -> Shift:
    """Rows and columns move along waves of more than a letter's size."""
    return _waves(capital, variety.wave_length, variety.wave_height, rng)


def ripple(
    size: tuple[int, int], capital: float, variety: Variety, rng: np.random.Generator
) -> Shift:
    """Rows and columns move along waves that are shorter than a letter."""
    return _waves(capital, variety.ripple_length, variety.ripple_height, rng)


def _waves(capital: float, length: Range, height: Range, rng: np.random.Generator) -> Shift:
    lengths = capital * rng.uniform(*length, 2)
    heights = lengths * rng.uniform(*height, 2)
    if rng.random() < 0.4:
        heights[rng.integers(2)] = 0  # only rows move, or only columns
    phases = rng.uniform(0, 2 * np.pi, 2)
    lean = rng.uniform(-0.3, 0.3)
    return lambda x, y: (
        heights[0] * np.sin((y + lean * x) * (2 * np.pi / lengths[0]) + phases[0]),
        heights[1] * np.sin((x + lean * y) * (2 * np.pi / lengths[1]) + phases[1]),
    )


def arch(
    size: tuple[int, int], capital: float, variety: Variety, rng: np.random.Generator
) -> Shift:
    """The text lies on an arch."""
    height, width = size
    rise = rng.uniform(*variety.arch) * height
    return lambda x, y: (np.zeros_like(x), rise * ((2 * x / width - 1) ** 2 - 0.5))


def bulge(
    size: tuple[int, int], capital: float, variety: Variety, rng: np.random.Generator
) -> Shift:
    """The picture is larger or smaller about a point."""
    height, width = size
    strength, radius = rng.uniform(*variety.bulge), height * rng.uniform(0.5, 1.2)
    middle = rng.uniform(0.1, 0.9) * width, rng.uniform(0.3, 0.7) * height

    def shift(x: Coordinates, y: Coordinates) -> tuple[Coordinates, Coordinates]:
        dx, dy = x - middle[0], y - middle[1]
        near = -strength * np.exp(-(dx**2 + dy**2) / radius**2)
        return near * dx, near * dy

    return shift


SHIFTS = {"wave": wave, "ripple": ripple, "arch": arch, "bulge": bulge}


def degrade(
    picture: Picture, capital: float, contrast: float, variety: Variety, rng: np.random.Generator
) -> Picture:
    """Spoil a picture, each way as often as `variety` says: small and pale letters less.

    capital:  the height of a capital letter, in pixels.
    contrast: the difference of ink and ground, in greys.
    """
    if rng.random() < variety.blur_share:
        deviation = min(rng.uniform(*variety.blur), MOST_BLUR * capital)
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), deviation), np.uint8)
    if rng.random() < variety.resolution_share:
        picture = _reduced(picture, max(rng.uniform(*variety.resolution), LEAST_CAPITAL / capital))
    if rng.random() < variety.noise_share:
        noise = rng.standard_normal(picture.shape, np.float32)
        noise *= np.float32(min(rng.uniform(*variety.noise), MOST_NOISE * abs(contrast)))
        picture = (picture + noise).clip(0, 255).astype(np.uint8)
    if rng.random() < variety.palette_share:
        picture = _few_greys(picture, int(rng.uniform(*variety.palette)))
    if rng.random() < variety.jpeg_share:
        quality = int(rng.uniform(*variety.jpeg_quality))
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return picture


def _few_greys(picture: Picture, greys: int) -> Picture:
    """Round to so many greys, evenly spaced from the darkest to the lightest."""
    darkest, lightest = float(picture.min()), float(picture.max())
    step = max(1, (lightest - darkest) / (greys - 1))
    rounded = np.round((np.arange(256) - darkest) / step) * step + darkest
    return rounded.clip(0, 255).astype(np.uint8)[picture]


def _reduced(picture: Picture, factor: float) -> Picture:
    """Make a picture smaller, if the factor is below 1, and then as large as before."""
    if factor >= 1:
        return picture
    height, width = picture.shape
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height)), np.uint8)
