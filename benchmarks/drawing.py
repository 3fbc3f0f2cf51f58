"""Drawing captchas, compared with the loop that the article prints.

We draw one captcha at a time, as a page needs them, and many at once, as a fit does. Each way
chooses six digits and draws them in memory, without encoding a PNG or writing a file. The loop
loads its font once, although the article's script may load it for each captcha. Both ways draw
the same pixels (`tests/training/pictures/article/test_ellipses.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.measure import Comparison, Finding, Skipped, compare, measure_growth
from capslice.training.pictures import EllipseCaptcha, draw_set

MANY = 512
PARTS = 4


def run(quick: bool) -> Iterator[Finding]:
    """Raises Skipped if the system does not have FreeSans, the article's font."""
    try:
        font = ImageFont.truetype("FreeSans.ttf", 27)
    except OSError:
        raise Skipped("FreeSans.ttf is not among the system's fonts") from None
    captcha, rng, random = EllipseCaptcha(), np.random.default_rng(1), Random(1)
    yield compare(
        "one",
        ("`EllipseCaptcha.draw`", lambda: captcha.draw(captcha.random_text(rng), rng)),
        ("the article's loop", lambda: article(font, random)),
        100 if quick else 1000,
    )
    many = compare(
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
    yield measure_growth(
        "drawn at once", "captchas", (64, 512, 4096), lambda n: draw_set(captcha, n, rng), 9
    )
    pictures = draw_set(captcha, MANY, rng).pictures
    copied = compare(
        "copied",
        (f"a captcha of {MANY} drawn at once", lambda: draw_set(captcha, MANY, rng)),
        ("copying its background", pictures.copy),
        30,
        pieces=MANY,
    )
    yield copied
    yield (
        "The limit is memory access: the digits and the pepper go to random places, and each pixel "
        "is a read and a write of its own. Copying the background alone, at the full speed of the "
        f"memory, takes {1 / copied.ratio:.0%} of the time. Most of the rest goes into turning the "
        "digits pixel by pixel, with the same fixed-point arithmetic as Pillow."
    )


def on_all_cores(one: Comparison, captcha: EllipseCaptcha) -> Iterator[Finding]:
    """Draw many at once in one process per core, compared with one process for all."""
    cores = os.cpu_count() or 1
    work = (draw_parts, [captcha] * cores, range(cores))
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        comparison = compare(
            "all_cores",
            (f"a captcha on {cores} cores", lambda: list(pool.map(*work))),
            ("a captcha on one core", lambda: list(map(*work))),
            10,
            pieces=cores * PARTS * MANY,
        )
    yield comparison
    one_core, all_cores = (1 / np.median(seconds) for seconds in comparison.seconds[:, ::-1].T)
    loop = 1 / np.median(one.seconds[:, 1])
    yield (
        f"Captchas per second: {loop:,.0f} with the article's loop, {one_core:,.0f} on one core, "
        f"{all_cores:,.0f} on {cores}."
    )


def draw_parts(captcha: EllipseCaptcha, seed: int) -> None:
    """Draw `PARTS` times `MANY` captchas, and throw the pictures away."""
    rng = np.random.default_rng(seed)
    for _ in range(PARTS):
        draw_set(captcha, MANY, rng)


def article(font: ImageFont.FreeTypeFont, random: Random) -> Image.Image:
    """Draw a captcha with the code of the article, line by line."""
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
