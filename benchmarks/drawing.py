"""How long it takes to draw captchas, against the loop that the article prints.

One at a time, as a page needs them, and many at a time, as a fit does. All choose six
digits and draw them, in memory and in one process: no PNG is encoded and no file is
written. The article's font is loaded once, although its script may do so for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.measure import Comparison, Skipped, interleave
from training.pictures import EllipseCaptcha, draw_set

MANY = 512


def compare(quick: bool) -> Iterator[Comparison]:
    """Raises Skipped where there is no FreeSans, the article's font."""
    try:
        font = ImageFont.truetype("FreeSans.ttf", 27)
    except OSError:
        raise Skipped("FreeSans.ttf is not among the system's fonts") from None
    captcha, rng, random = EllipseCaptcha(), np.random.default_rng(), Random()
    yield interleave(
        ("`EllipseCaptcha.draw`", lambda: captcha.draw(captcha.random_text(rng), rng)),
        ("the article's loop", lambda: article(font, random)),
        100 if quick else 1000,
    )
    yield interleave(
        (f"a captcha of {MANY} drawn at once", lambda: draw_set(captcha, MANY, rng)),
        ("the article's loop", lambda: [article(font, random) for _ in range(MANY)]),
        10 if quick else 50,
        pieces=MANY,
    )


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
