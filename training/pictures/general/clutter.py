"""What general captchas draw under and over the letters, so that they are hard to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.fonts import Face
from capslice.training.pictures.general.ground import Greys
from capslice.training.pictures.general.letters import (
    capital_height,
    choose_face,
    letter,
    turned,
)
from capslice.training.pictures.general.strokes import blend
from capslice.training.pictures.general.variety import Variety, log_uniform, pick

SHIFT = 3  # OpenCV's coordinates have this many bits after the point
HIDING = ("blobs", "decoys")  # what would make letters unreadable, if it lay over them
DECOYS = "ABCDEFGHKLMNPRSTUVXYZ23456789"
MOST_BLOBS, MOST_CIRCLES = 12, 60


@dataclass
class Clutter:
    """Draws clutter of any kind onto a picture, in place.

    capital: the height of a capital letter, in pixels.
    """

    picture: NDArray[np.uint8]
    greys: Greys
    capital: float
    faces: Sequence[Face]
    variety: Variety
    rng: np.random.Generator

    def draw(self, kind: str) -> None:
        """Draw one kind of clutter: a key of `Variety.clutter`."""
        getattr(self, f"_{kind}")()

    def _grey(self) -> float:
        if self.rng.random() < self.variety.clutter_like_ink_share:
            return float(np.clip(self.greys.ink + self.rng.normal(0, 15), 0, 255))
        return self.rng.uniform(0, 255)

    def _dense_grey(self) -> float:
        """The grey of what covers the whole picture."""
        share = self.rng.uniform(*self.variety.dense_contrast)
        return float(np.clip(self.greys.ground + self.greys.contrast * share, 0, 255))

    def _line_style(self, count: int = 1) -> tuple[float, int, int]:
        """Grey, thickness and OpenCV's line type."""
        low, high = self.variety.line_thickness
        thickness = self.capital * self.rng.uniform(low, high if count < 5 else high / 2)
        return (
            self._grey(),
            max(1, round(thickness)),
            cv2.LINE_AA if self.rng.random() < 0.6 else cv2.LINE_8,
        )

    def _points(self, count: int, beyond: float = 0.1) -> NDArray[np.float64]:
        """Points (count, 2) in the picture and a little beyond it."""
        height, width = self.picture.shape
        return self.rng.uniform(-beyond, 1 + beyond, (count, 2)) * (width, height)

    def _polyline(self, points: NDArray[np.float64], style: tuple[float, int, int]) -> None:
        fixed = np.round(points * 2**SHIFT).astype(np.int32)
        cv2.polylines(self.picture, [fixed], False, *style, SHIFT)

    def _count(self) -> int:
        return int(
            log_uniform((self.variety.line_count[0], self.variety.line_count[1] + 1), self.rng)
        )

    def _lines(self) -> None:
        count = self._count()
        width = self.picture.shape[1]
        for _ in range(count):
            points = self._points(2)
            if self.rng.random() < 0.4:
                points[:, 0] = 0, width
            self._polyline(points, self._line_style(count))

    def _curves(self) -> None:
        count = -(-self._count() // 2)
        t = np.linspace(0, 1, 32)[:, np.newaxis]
        bernstein = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
        for _ in range(count):
            points = self._points(4, 0)
            if self.rng.random() < 0.7:
                points[[0, 3], 0] = 0, self.picture.shape[1]
            self._polyline(bernstein @ points, self._line_style(count))

    def _arcs(self) -> None:
        count = self._count()
        height, width = self.picture.shape
        for _ in range(count):
            ((x, y),) = self._points(1, 0.3)
            axes = int(self.rng.uniform(0.05, 0.7) * width), int(self.rng.uniform(0.1, 1) * height)
            start = self.rng.uniform(0, 360)
            cv2.ellipse(
                self.picture, (int(x), int(y)), axes, self.rng.uniform(0, 180), start,
                start + self.rng.uniform(40, 360), *self._line_style(count),
            )  # fmt: skip

    def _strike(self) -> None:
        """A stroke through the text, straight or as a wave."""
        height, width = self.picture.shape
        x = np.linspace(self.rng.uniform(0, 0.1), self.rng.uniform(0.9, 1), 40)
        y = self.rng.uniform(0.35, 0.65) + self.rng.uniform(-0.15, 0.15) * (x - 0.5)
        if self.rng.random() < 0.6:
            waves, phase = self.rng.uniform(0.5, 3), self.rng.uniform(0, 2 * np.pi)
            y = y + self.rng.uniform(0.05, 0.2) * np.sin(x * 2 * np.pi * waves + phase)
        thickness = max(1, round(self.capital * self.rng.uniform(0.03, 0.11)))
        grey = self.greys.ink if self.rng.random() < 0.8 else self._grey()
        self._polyline(np.stack([x * width, y * height], -1), (grey, thickness, cv2.LINE_AA))

    def _dashes(self) -> None:
        """Short lines in all directions."""
        count = int(self.rng.uniform(*self.variety.dash_count))
        _, thickness, kind = self._line_style()
        longest = self.capital * self.rng.uniform(0.2, 0.7)
        for point in self._points(count):
            angle = self.rng.uniform(0, np.pi)
            along = np.array([np.cos(angle), np.sin(angle)]) * longest * self.rng.uniform(0.3, 1)
            self._polyline(np.stack([point, point + along]), (self._grey(), thickness, kind))

    def _grid(self) -> None:
        step = max(4, int(self.capital * self.rng.uniform(0.2, 0.9)))
        offset, grey = self.rng.integers(0, step, 2), self._dense_grey()
        if self.rng.random() < 0.8:
            self.picture[offset[0] :: step] = grey
        self.picture[:, offset[1] :: step] = grey

    def _ellipses(self) -> None:
        """Concentric ellipses."""
        height, width = self.picture.shape
        ((x, y),) = self._points(1, 0) if self.rng.random() < 0.4 else ((width / 2, height / 2),)
        step, shape = self.capital * self.rng.uniform(0.25, 0.6), self.rng.uniform(0.4, 1)
        grey = self._dense_grey()
        for i in range(1, int(0.6 * width / step) + 1):
            axes = int(i * step), int(i * step * shape)
            cv2.ellipse(self.picture, (int(x), int(y)), axes, 0, 0, 360, grey, 1, cv2.LINE_AA)

    def _scattered(self, density: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        height, width = self.picture.shape
        count = max(1, int(density * height * width))
        return self.rng.integers(0, height, count), self.rng.integers(0, width, count)

    def _dots(self) -> None:
        """Dots of one pixel, of several, or small circles, like the ink or of any grey."""
        rows, columns = self._scattered(log_uniform(self.variety.dot_density, self.rng))
        height, width = self.picture.shape
        greys: NDArray[np.float64] = self.rng.uniform(0, 255, len(rows))
        if self.rng.random() < self.variety.clutter_like_ink_share:
            greys = (self.greys.ink + (greys - 127) / 6).clip(0, 255)
        size = self.rng.random()
        if size < 0.8:
            self.picture[rows, columns] = greys
            if size > 0.45:
                self.picture[rows, np.minimum(columns + 1, width - 1)] = greys
            if size > 0.65:
                self.picture[np.minimum(rows + 1, height - 1), columns] = greys
            return
        most = max(2, round(self.capital / 10))
        fill = cv2.FILLED if self.rng.random() < 0.6 else 1
        for x, y, grey in list(zip(columns, rows, greys, strict=True))[:MOST_CIRCLES]:
            radius = int(self.rng.integers(1, most + 1))
            cv2.circle(self.picture, (int(x), int(y)), radius, grey, fill, cv2.LINE_AA)

    def _pepper(self) -> None:
        """Black and white points."""
        rows, columns = self._scattered(log_uniform(self.variety.pepper_density, self.rng))
        self.picture[rows, columns] = np.where(self.rng.random(len(rows)) < 0.5, 0, 255)

    def _blobs(self) -> None:
        """Discs and rectangles, paler than the letters."""
        for x, y in self._points(int(self.rng.integers(1, MOST_BLOBS + 1)), 0):
            grey = self.greys.ground + self.greys.contrast * self.rng.uniform(-0.4, 0.45)
            radius = round(self.capital * self.rng.uniform(0.08, 0.7))
            grey = float(np.clip(grey, 0, 255))
            if self.rng.random() < 0.7:
                cv2.circle(self.picture, (int(x), int(y)), radius, grey, cv2.FILLED, cv2.LINE_AA)
            else:
                corner = (int(x) + 2 * radius, int(y) + radius)
                cv2.rectangle(self.picture, (int(x), int(y)), corner, grey, cv2.FILLED)

    def _decoys(self) -> None:
        """Characters much paler than the text, or much smaller."""
        face = choose_face(self.faces, DECOYS, self.rng)
        small = self.rng.random() < 0.5
        scale = (
            self.capital
            / capital_height(face)
            * (self.rng.uniform(0.25, 0.4) if small else self.rng.uniform(0.6, 1.3))
        )
        share = self.rng.uniform(*self.variety.decoy_contrast)
        grey = self.greys.ground + self.greys.contrast * share
        for point in self._points(int(self.rng.integers(4, 30 if small else 9)), 0):
            mask = letter(face, DECOYS[int(self.rng.integers(len(DECOYS)))]).mask
            angle = self.rng.uniform(-0.8, 0.8)
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            blend(self.picture, turned(mask, turn * scale), (point[0], point[1]), grey)

    def _hatch(self) -> None:
        """Parallel lines in one or two directions."""
        height, width = self.picture.shape
        style = (self._dense_grey(), 1, cv2.LINE_AA)
        step = max(4.0, self.capital * self.rng.uniform(0.25, 0.8))
        lean = height * self.rng.uniform(0.3, 1.5)
        for x in np.arange(-lean, width + lean, step):
            self._polyline(np.array([(x, 0), (x + lean, height)]), style)
            if lean > height * 0.7:
                self._polyline(np.array([(x + lean, 0), (x, height)]), style)

    def _frame(self) -> None:
        height, width = self.picture.shape
        thickness = int(self.rng.integers(1, 3))
        cv2.rectangle(self.picture, (0, 0), (width - 1, height - 1), self._grey(), thickness)


def choose_clutter(variety: Variety, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Choose kinds of clutter, and whether each lies under or over the letters, or after warps."""
    chosen = [pick(variety.clutter, rng) for _ in range(pick(variety.clutter_kinds, rng))]
    return [
        (kind, "under" if kind in HIDING else pick(variety.clutter_order, rng)) for kind in chosen
    ]
