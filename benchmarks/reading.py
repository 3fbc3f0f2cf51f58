"""How long it takes to read one captcha that is in memory, with the shipped model.

Against the network alone, which tells what decoding and wrapping add; and in
batches against one by one. One thread each. How well it reads is no matter here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from agent import Reader
from benchmarks.measure import Comparison, interleave
from training.pictures import EllipseCaptcha, draw_set

BATCH = 256


def compare(quick: bool) -> Iterator[Comparison]:
    """From PNG to text, and batches of 256."""
    captcha, rng, reader = EllipseCaptcha(), np.random.default_rng(), Reader()
    png = io.BytesIO()
    captcha.draw(captcha.random_text(rng), rng).save(png, "PNG")
    content = png.getvalue()
    picture = reader.decode(content, "the picture")
    yield interleave(
        ("`Reader`, PNG to text", lambda: reader.read(reader.decode(content, "the picture"))),
        # No more than the ONNX session's run.
        ("the network alone", lambda: reader.probabilities(picture[np.newaxis])),
        100 if quick else 1000,
    )
    pictures = draw_set(captcha, BATCH, rng).pictures
    yield interleave(
        (f"a picture in a batch of {BATCH}", lambda: reader.read_many(pictures)),
        ("a picture by itself", lambda: [reader.read(picture) for picture in pictures]),
        3 if quick else 10,
        pieces=BATCH,
    )
