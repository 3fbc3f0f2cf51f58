"""The grounds of general captchas: plain, or with greys that vary across the picture."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from capslice.training.pictures.general.variety import Variety, log_uniform, pick

INTERPOLATIONS = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


class Greys(NamedTuple):
    """The grey of the ground and of the letters, 0 black to 255 white."""

    ground: float
    ink: float

    @property
    def contrast(self) -> float:
        """The difference of ink and ground: negative for dark letters."""
        return self.ink - self.ground


def choose_greys(variety: Variety, full: bool, rng: np.random.Generator) -> Greys:
    """Choose the greys of ground and ink; with `full`, the contrast is about the largest."""
    dark = rng.random() < variety.dark_share
    ground = rng.uniform(*(variety.dark_ground if dark else variety.light_ground))
    if not dark and rng.random() < variety.white_share:
        ground = rng.choice((255, 255, 250, 240))
    room = 255 - ground if dark else ground
    low, high = variety.contrast
    if not full and rng.random() < variety.pale_share:
        low, high = variety.pale_contrast
    if full:
        low = max(low, 0.75 * room)
    contrast = rng.uniform(min(low, room), min(high, room))
    return Greys(float(ground), float(ground + contrast if dark else ground - contrast))


def draw_ground(
    size: tuple[int, int], greys: Greys, variety: Variety, calm: bool, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw the ground of a picture of `size` (height, width)."""
    kind = "plain" if calm else pick(variety.grounds, rng)
    flat = np.full(size, greys.ground, np.float32)
    if kind != "plain":
        amplitude = abs(greys.contrast) * rng.uniform(*variety.ground_amplitude)
        flat += GROUNDS[kind](size, rng) * np.float32(amplitude)
    return flat.clip(0, 255).astype(np.uint8)


def gradient(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Grey that changes evenly, or about a point."""
    rows = np.linspace(-1, 1, size[0], dtype=np.float32)[:, np.newaxis]
    columns = np.linspace(-1, 1, size[1], dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.7:
        return np.float32(np.cos(angle)) * columns + np.float32(np.sin(angle)) * rows
    x, y = rng.uniform(-1, 1, 2).astype(np.float32)
    around: NDArray[np.float32] = 1 - np.hypot(columns - x, rows - y)
    return around


def texture(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of one grain."""
    return _noise(size, log_uniform((1.5, 24), rng), rng)


def photograph(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of all grains, the coarse ones strongest, as in photographs."""
    mixed = np.zeros(size, np.float32)
    for share, strength in ((1, 0.7), (2, 0.45), (5, 0.3), (12, 0.2)):
        mixed += _noise(size, max(2, size[0] / share), rng) * np.float32(strength)
    return mixed


def stripes(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Waves across the picture, soft or with edges."""
    rows, columns = np.ogrid[: size[0], : size[1]]
    angle, period = rng.uniform(0, np.pi), log_uniform((4, 40), rng)
    phase = (np.cos(angle) * columns + np.sin(angle) * rows) * 2 * np.pi / period
    wave = np.sin(phase.astype(np.float32))
    return np.asarray(np.sign(wave) if rng.random() < 0.4 else wave)


def cells(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Rectangles and discs of different greys, above each other."""
    painted = np.zeros(size, np.float32)
    for _ in range(rng.integers(3, 14)):
        x, y = rng.integers(0, size[1]), rng.integers(0, size[0])
        grey, radius = rng.uniform(-1, 1), int(rng.uniform(0.1, 0.6) * size[0])
        if rng.random() < 0.5:
            cv2.circle(painted, (int(x), int(y)), radius, grey, cv2.FILLED)
        else:
            corner = (int(x + radius * rng.uniform(0.5, 3)), int(y + radius))
            cv2.rectangle(painted, (int(x), int(y)), corner, grey, cv2.FILLED)
    return painted


GROUNDS = {
    "gradient": gradient,
    "texture": texture,
    "photograph": photograph,
    "stripes": stripes,
    "cells": cells,
}


def _noise(size: tuple[int, int], grain: float, rng: np.random.Generator) -> NDArray[np.float32]:
    coarse = rng.standard_normal(
        (max(2, round(size[0] / grain)), max(2, round(size[1] / grain))), np.float32
    )
    how = INTERPOLATIONS[int(rng.integers(len(INTERPOLATIONS)))]
    return np.asarray(cv2.resize(coarse / 2, size[::-1], interpolation=how), np.float32)
