"""Reads the frames of a moving picture together.

In many moving captchas each frame lacks something: a bar hides a part, characters appear in turn,
noise changes from frame to frame. So the frames become three still pictures, their views: the mean
grey of each pixel, the darkest and the lightest. A reader reads all three, and its surest reading
counts. Of 150 captchas of five letters for each row, in 5 to 12 frames, a network that was fitted
to still pictures read

                                       surest view   mean   darkest   median   first frame
    all but one character in a frame         1.00    1.00      1.00     1.00      0.00
    one character in a frame                 0.99    0.99      0.99     0.00      0.00
    each of them in half of the frames       0.97    0.26      0.97     0.04      0.03
    one more in each frame                   1.00    0.01      1.00     0.00      0.00
    a dark bar that moves over them          0.99    0.99      0.00     1.00      0.02
    other lines and dots in each frame       1.00    1.00      0.00     1.00      0.70
    the text moves by up to two pixels       0.94    0.94      0.01     0.88      1.00
    the mock page's GIF                      0.99    0.99      0.00     1.00      0.00

To average the probabilities of the frames instead read at most 0.30 of most rows where characters
are hidden. "First frame" is of 200 captchas.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_FRAMES = 30  # of a picture that are read; captchas repeat after fewer


def views(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what there is to read in frames, uint8 (n, height, width), of one picture.

    The result is uint8 (3, height, width): the mean, the darkest and the lightest grey of each
    pixel. A single frame is its only view: (1, height, width).
    """
    if len(frames) == 1:
        return frames
    mean = frames.mean(axis=0).round().astype(np.uint8)
    return np.stack([mean, frames.min(axis=0), frames.max(axis=0)])
