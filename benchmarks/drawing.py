"""Drawing captchas, against the loop that the article prints.

One at a time, as a page needs them, and many at a time, as a fit does. All choose six
digits and draw them, in memory: no PNG is encoded and no file is
written. The article's font is loaded once, although its script may do so for each. Both draw
the same pixels (`tests/training/pictures/test_ellipses.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.measure import Comparison, Finding, Skipped, grow, interleave
from capslice.training.pictures import EllipseCaptcha, draw_set

MANY = 512


def run(quick: bool) -> Iterator[Finding]:
    """Raises Skipped where there is no FreeSans, the article's font."""
    try:
        font = ImageFont.truetype("FreeSans.ttf", 27)
    except OSError:
        raise Skipped("FreeSans.ttf is not among the system's fonts") from None
    captcha, rng, random = EllipseCaptcha(), np.random.default_rng(1), Random(1)
    yield interleave(
        "one",
        ("`EllipseCaptcha.draw`", lambda: captcha.draw(captcha.random_text(rng), rng)),
        ("the article's loop", lambda: article(font, random)),
        100 if quick else 1000,
    )
    many = interleave(
        "many",
        (f"a captcha of {MANY} drawn at once", lambda: draw_set(captcha, MANY, rng)),
        ("the article's loop", lambda: [article(font, random) for _ in range(MANY)]),
        3 if quick else 30,
        pieces=MANY,
    )
    yield many
    if quick:
        return
    yield from on_all_cores(many, captcha)
    yield grow("drawn at once", "captchas", (64, 512, 4096), lambda n: draw_set(captcha, n, rng), 9)
    pictures = draw_set(captcha, MANY, rng).pictures
    copied = interleave(
        "copied",
        (f"a captcha of {MANY} drawn at once", lambda: draw_set(captcha, MANY, rng)),
        ("its background copied", pictures.copy),
        30,
        pieces=MANY,
    )
    yield copied
    yield (
        "What limits it is memory, a few bytes at a time: the digits and the pepper go to places "
        "that chance has chosen, each a read and a write of its own. To copy the background "
        f"alone, at the memory's full width, takes {1 / copied.ratio:.0%} of the time; turning a "
        "digit pixel for pixel as Pillow does, in its fixed point, takes most of the rest."
    )


def on_all_cores(one: Comparison, captcha: EllipseCaptcha) -> Iterator[Finding]:
    """As many processes as there are cores, each drawing many at once."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        together = interleave(
            "all_cores",
            (
                f"a captcha on {cores} cores",
                lambda: list(pool.map(draw_parts, [captcha] * cores, range(cores))),
            ),
            ("on one", lambda: [draw_parts(captcha, seed) for seed in range(cores)]),
            10,
            pieces=cores * PARTS * MANY,
        )
    yield together
    alone, all_cores = (1 / np.median(seconds) for seconds in together.seconds[:, ::-1].T)
    loop = 1 / np.median(one.seconds[:, 1])
    yield (
        f"Captchas a second: {loop:,.0f} by the article's loop, {alone:,.0f} on one core, "
        f"{all_cores:,.0f} on {cores}."
    )


PARTS = 4


def draw_parts(captcha: EllipseCaptcha, seed: int) -> None:
    """Work for a process; the pictures stay there."""
    rng = np.random.default_rng(seed)
    for _ in range(PARTS):
        draw_set(captcha, MANY, rng)


def article(font: ImageFont.FreeTypeFont, random: Random) -> Image.Image:
    """Draw a captcha as the article does, line by line."""
    image = Image.new("L", (310, 80), 221)
    d = ImageDraw.Draw(image)

    d.line([0, 0, 309, 0], width=1)  # Top
    d.line([0, 79, 309, 79], width=1)  # Bottom
    d.line([309, 0, 309, 79], width=1)  # Right
    d.line([0, 0, 0, 79], width=1)  # Left

    for i in range(15):
        ellipse_width = 16
        ellipse_height = 8
        bbox = (
            image.width // 2 - i * ellipse_width,
            image.height // 2 - i * ellipse_height,
            image.width // 2 + i * ellipse_width,
            image.height // 2 + i * ellipse_height,
        )
        d.ellipse(bbox, outline=0)

    allowed_digits = [2, 3, 4, 5, 6, 8]
    for x in [17, 57, 115, 170, 217, 260]:
        txt = Image.new("LA", (20, 25), (150, 0))
        dx = ImageDraw.Draw(txt)
        digit = random.choice(allowed_digits)
        dx.text((0, 0), str(digit), font=font, fill=(0, 255))
        w = txt.rotate(random.uniform(-45, 45), expand=1)
        y = random.randint(14, 45)
        image.paste(w, (x, y), w.getchannel("A"))

    for _ in range(500):
        x = random.randint(0, 309)
        y = random.randint(0, 79)
        image.putpixel((x, y), 0)
    return image
