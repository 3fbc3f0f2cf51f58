"""Pictures that are there already, varied afresh each time that they are shown.

Turned, sheared, stretched, bent like a sheet of rubber, crossed by a line, blurred and dirtied,
some hardly and some a lot, a picture shows what it showed. So a few hundred labelled ones, or some
thousands that a slow library has drawn, are enough to learn from. (Bending: Simard, Steinkraus and
Platt, ICDAR 2003.) Contrast and brightness are left alone: a network over the whole picture takes
them out by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from capslice.training.pictures.dataset import DataSet

# At the most: how much of it a picture gets is drawn for each, from nothing to all.
TURN = 10.0  # degrees either way,
ENDS = 0.22  # but of the height: how far left and right go up or down, if the picture is long
SHEAR = 0.25  # columns a row, either way
STRETCH = 0.15  # of either side, either way
SHIFT = 0.06  # of the height, each way
BEND = 0.065  # of the height: standard deviation by which a corner of the rubber is moved
CELLS = 0.5  # of the height: how far those corners are apart, about
LINED, BLURRED, DIRTIED = 0.3, 0.1, 0.3  # shares of the pictures
BLUR = 0.7  # pixels either way, at the most
DIRT = 14.0  # grey levels: standard deviation, at the most

Quad = tuple[tuple[int, int, int, int], tuple[float, ...]]


@dataclass(frozen=True)
class Pool:
    """Labelled pictures, of which as many as one likes are drawn, each varied by itself.

    varied: the share of them that are; the others are drawn as they are.
    """

    data: DataSet
    augmented: float = 1.0

    def draw(self, count: int, rng: np.random.Generator) -> DataSet:
        """`count` of them, each equally likely, some of them more than once."""
        # By numbers, so that these are copies.
        chosen = self.data.subset(rng.integers(len(self.data), size=count))
        for number, picture in enumerate(chosen.pictures[: round(self.augmented * count)]):
            rubber = Rubber.bent(picture.shape, rng)
            picture[:] = _dirtied(rubber.pulled(picture), rng)
            if chosen.middles is not None:
                chosen.middles[number] = rubber.moved(chosen.middles[number])
        return chosen


@dataclass(frozen=True)
class Rubber:
    """A sheet that the picture is on, drawn out of shape at the corners of a grid.

    x, y:  float64 (columns,), (rows,): the grid, over the whole picture, in pixels.
    taken: float64 (rows, columns, 2): what (x, y) of the picture is then to be seen there.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    taken: NDArray[np.float64]

    @classmethod
    def bent(cls, shape: tuple[int, ...], rng: np.random.Generator) -> Rubber:
        """One at random, for pictures of this (height, width)."""
        height, width = shape
        x, y, grid = _grid(height, width)
        middle = np.array([width, height]) / 2
        much = rng.uniform()
        farthest = min(np.deg2rad(TURN), ENDS * 2 * height / width)
        turn = much * rng.uniform(-farthest, farthest)
        shear = much * rng.uniform(-SHEAR, SHEAR)
        cos, sin = np.cos(turn), np.sin(turn)
        linear = np.array([[cos, -sin], [sin, cos]]) @ [[1, shear], [0, 1]]
        linear = linear @ np.diag(1 + much * rng.uniform(-STRETCH, STRETCH, 2))
        shift = much * rng.uniform(-SHIFT, SHIFT, 2) * height
        bend = much * rng.normal(0, BEND * height, grid.shape)
        return cls(x, y, (grid - middle) @ linear.T + middle + shift + bend)

    def pulled(self, picture: NDArray[np.uint8]) -> Image.Image:
        """What a picture (height, width) looks like on it; beyond its edges it goes on as there."""
        margin = picture.shape[0] // 2
        x, y = self.x.astype(int).tolist(), self.y.astype(int).tolist()
        quads: list[Quad] = []
        for row in range(len(y) - 1):
            for column in range(len(x) - 1):
                corners = ((0, 0), (1, 0), (1, 1), (0, 1))  # as Pillow goes about: down first
                source = [self.taken[row + down, column + right] for down, right in corners]
                box = (x[column], y[row], x[column + 1], y[row + 1])
                quads.append((box, tuple((np.concatenate(source) + margin).tolist())))
        wide = Image.fromarray(np.pad(picture, margin, mode="edge"))
        size = picture.shape[::-1]
        return wide.transform(size, Image.Transform.MESH, quads, Image.Resampling.BILINEAR)

    def moved(self, middles: NDArray[np.float64]) -> NDArray[np.float64]:
        """In which columns what was in the columns `middles`, half way up, is on it."""
        halfway = self.taken[len(self.y) // 2, :, 0]
        order = np.argsort(halfway)
        return np.interp(middles, halfway[order], self.x[order])


@cache
def _grid(
    height: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Columns, rows and corners of a sheet that nobody has pulled."""
    cells = [max(2, round(side / (CELLS * height))) for side in (width, height)]
    x, y = (
        np.round(np.linspace(0, side, count + 1))
        for side, count in zip((width, height), cells, strict=True)
    )
    return x, y, np.stack(np.meshgrid(x, y), axis=-1)


def _dirtied(image: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Crossed by a line, blurred, and with noise: each of them sometimes."""
    if rng.random() < LINED:
        grey = int(rng.choice(np.asarray(image).ravel()))
        ends = rng.uniform(0, image.size, (2, 2)).ravel().tolist()
        ImageDraw.Draw(image).line(ends, fill=grey, width=int(rng.integers(1, 3)))
    if rng.random() < BLURRED:
        image = image.filter(ImageFilter.BoxBlur(rng.uniform(0, BLUR)))
    picture = np.asarray(image)
    if rng.random() < DIRTIED:
        noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(0, DIRT)
        picture = (picture + noise).clip(0, 255).astype(np.uint8)
    return picture
