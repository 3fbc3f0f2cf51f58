"""Turns a captcha into a moving picture of which no frame shows everything."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FRAMES = 12
MILLISECONDS = 80  # of a frame
STRIPS = 12  # vertical strips of the picture, a quarter of which are faint in each frame
FAINT = 0.15  # of the contrast that a faint strip keeps
BAR = 8  # a dark bar, this part of the width, moves over the picture once
PEPPER = 0.01  # of the pixels, others in each frame


def moving(picture: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    """Return a GIF of a picture, uint8 (height, width).

    In each frame a bar hides a part of the picture, other parts are faint, and black points are
    scattered. Each part is plain to see in most frames.
    """
    width = picture.shape[1]
    ground = np.median(picture)
    columns = np.arange(width)
    # Strip s is faint in frame f where their row and column of a Latin square hold 0 to 2.
    strips = rng.permutation(STRIPS)[columns * STRIPS // width]
    start = rng.integers(FRAMES)
    frames = []
    for number in range(FRAMES):
        faint = (strips + number) % STRIPS < STRIPS // 4
        frame = ground + (picture - ground) * np.where(faint, FAINT, 1)
        left = (start + number) % FRAMES * width // FRAMES
        frame[:, (columns - left) % width < width // BAR] = 0
        frame[rng.random(picture.shape) < PEPPER] = 0
        frames.append(Image.fromarray(frame.round().astype(np.uint8)))
    gif = io.BytesIO()
    frames[0].save(
        gif, "GIF", save_all=True, append_images=frames[1:], duration=MILLISECONDS, loop=0
    )
    return gif.getvalue()
