"""Augments labelled pictures: changes them at random each time that a network sees them.

A picture is rotated, sheared, stretched and bent like a sheet of rubber, and may get a line, blur
or noise; some pictures change little, others a lot. So a few hundred labelled pictures, or some
thousand that a slow library has drawn, are enough to learn from. (Bending: Simard, Steinkraus and
Platt, ICDAR 2003.) Contrast and brightness stay, because a network over the whole picture
normalises them anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from capslice.training.pictures.dataset import DataSet

# Upper limits. Each picture gets a random share of them.
ROTATION = 10.0  # degrees either way,
END_SHIFT = 0.22  # of the height: the left and right ends rise or sink no farther than this
SHEAR = 0.25  # columns a row, either way
STRETCH = 0.15  # of the width and of the height, either way
SHIFT = 0.06  # of the height, in each direction
BEND = 0.065  # of the height: standard deviation of the shift of a grid point
CELL = 0.5  # of the height: the approximate distance of grid points
LINE_SHARE, BLUR_SHARE, NOISE_SHARE = 0.3, 0.1, 0.3  # of the pictures
BLUR = 0.7  # radius in pixels
NOISE = 14.0  # standard deviation in grey levels

Quad = tuple[tuple[int, int, int, int], tuple[float, ...]]


@dataclass(frozen=True)
class Pool:
    """Labelled pictures to draw from at random, as many as needed.

    augmented: the share of the drawn pictures that are augmented, in [0, 1].
    """

    data: DataSet
    augmented: float = 1.0

    def draw(self, count: int, rng: np.random.Generator) -> DataSet:
        """Draw `count` pictures with replacement; each is equally likely."""
        # Indexing with an array copies the pictures, so that they can be changed in place.
        chosen = self.data.subset(rng.integers(len(self.data), size=count))
        for i, picture in enumerate(chosen.pictures[: round(self.augmented * count)]):
            warp = Warp.random(picture.shape, rng)
            picture[:] = _degraded(warp.apply(picture), rng)
            if chosen.middles is not None:
                chosen.middles[i] = warp.moved_columns(chosen.middles[i])
        return chosen


@dataclass(frozen=True)
class Warp:
    """A deformation of a picture, given at the points of a grid.

    x, y:   float64 (columns,) and (rows,), the grid over the warped picture, in pixels.
    source: float64 (rows, columns, 2), the point (x, y) of the original that each grid point shows.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    source: NDArray[np.float64]

    @classmethod
    def random(cls, shape: tuple[int, ...], rng: np.random.Generator) -> Warp:
        """Draw a random warp for pictures of this shape (height, width)."""
        height, width = shape
        x, y, grid = _grid(height, width)
        middle = np.array([width, height]) / 2
        strength = rng.uniform()
        largest = min(np.deg2rad(ROTATION), END_SHIFT * 2 * height / width)
        rotation = strength * rng.uniform(-largest, largest)
        shear = strength * rng.uniform(-SHEAR, SHEAR)
        cos, sin = np.cos(rotation), np.sin(rotation)
        linear = np.array([[cos, -sin], [sin, cos]]) @ [[1, shear], [0, 1]]
        linear = linear @ np.diag(1 + strength * rng.uniform(-STRETCH, STRETCH, 2))
        shift = strength * rng.uniform(-SHIFT, SHIFT, 2) * height
        bend = strength * rng.normal(0, BEND * height, grid.shape)
        return cls(x, y, (grid - middle) @ linear.T + middle + shift + bend)

    def apply(self, picture: NDArray[np.uint8]) -> Image.Image:
        """Warp a picture, uint8 (height, width). Beyond its edges, its edge pixels continue."""
        margin = picture.shape[0] // 2
        x, y = self.x.astype(int).tolist(), self.y.astype(int).tolist()
        quads: list[Quad] = []
        for row in range(len(y) - 1):
            for column in range(len(x) - 1):
                corners = ((0, 0), (1, 0), (1, 1), (0, 1))  # (down, right), in Pillow's order
                source = [self.source[row + down, column + right] for down, right in corners]
                box = (x[column], y[row], x[column + 1], y[row + 1])
                quads.append((box, tuple((np.concatenate(source) + margin).tolist())))
        padded = Image.fromarray(np.pad(picture, margin, mode="edge"))
        size = picture.shape[::-1]
        return padded.transform(size, Image.Transform.MESH, quads, Image.Resampling.BILINEAR)

    def moved_columns(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute where the warp moves these columns, float64 (n,), at half the height."""
        halfway = self.source[len(self.y) // 2, :, 0]
        order = np.argsort(halfway)
        return np.interp(columns, halfway[order], self.x[order])


@cache
def _grid(
    height: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The columns (c,), the rows (r,) and the points (r, c, 2) of a grid, in pixels."""
    cells = [max(2, round(side / (CELL * height))) for side in (width, height)]
    x, y = (
        np.round(np.linspace(0, side, count + 1))
        for side, count in zip((width, height), cells, strict=True)
    )
    return x, y, np.stack(np.meshgrid(x, y), axis=-1)


def _degraded(image: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Add a line, blur and noise, each to a share of the pictures."""
    if rng.random() < LINE_SHARE:
        grey = int(rng.choice(np.asarray(image).ravel()))
        ends = rng.uniform(0, image.size, (2, 2)).ravel().tolist()
        ImageDraw.Draw(image).line(ends, fill=grey, width=int(rng.integers(1, 3)))
    if rng.random() < BLUR_SHARE:
        image = image.filter(ImageFilter.BoxBlur(rng.uniform(0, BLUR)))
    picture = np.asarray(image)
    if rng.random() < NOISE_SHARE:
        noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(0, NOISE)
        picture = (picture + noise).clip(0, 255).astype(np.uint8)
    return picture
