"""The captcha's pixels: the author's own, the same for the same state, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from training.errors import DrawingError
from training.pictures import EllipseCaptcha, Scatter

CAPTCHA = EllipseCaptcha()
texts = st.text(CAPTCHA.charset, min_size=6, max_size=6)
seeds = st.integers(0, 2**63)


def free_sans() -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype("FreeSans.ttf", 27)
    except OSError:
        pytest.skip("the system has no FreeSans (Debian: fonts-freefont-ttf)")


def draw_as_the_author_did(
    text: str, scatter: Scatter, font: ImageFont.FreeTypeFont
) -> Image.Image:
    """The article's lines, with its `random` replaced by the given lots."""
    image = Image.new("L", (310, 80), 221)
    d = ImageDraw.Draw(image)
    d.line([0, 0, 309, 0], width=1)
    d.line([0, 79, 309, 79], width=1)
    d.line([309, 0, 309, 79], width=1)
    d.line([0, 0, 0, 79], width=1)
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
    lots = zip(text, [17, 57, 115, 170, 217, 260], scatter.angles, scatter.rows, strict=True)
    for digit, x, angle, y in lots:
        txt = Image.new("LA", (20, 25), (150, 0))
        dx = ImageDraw.Draw(txt)
        dx.text((0, 0), str(digit), font=font, fill=(0, 255))
        w = txt.rotate(angle, expand=1)
        image.paste(w, (x, int(y)), w.getchannel("A"))
    for x, y in scatter.pepper:
        image.putpixel((int(x), int(y)), 0)
    return image


@pytest.mark.parametrize("seed", range(50))
def test_same_pixels_as_the_author(seed: int) -> None:
    rng = np.random.default_rng(seed)
    text = CAPTCHA.random_text(rng)
    scatter = CAPTCHA.scatter(rng)
    theirs = draw_as_the_author_did(text, scatter, free_sans())
    assert np.array_equal(CAPTCHA.render(text, scatter), theirs)


@given(texts, seeds)
def test_same_state_same_pixels(text: str, seed: int) -> None:
    first, second = (CAPTCHA.draw(text, np.random.default_rng(seed)) for _ in range(2))
    assert first.mode == "L"
    assert first.size == CAPTCHA.size == (310, 80)
    assert np.array_equal(first, second)


def test_another_state_other_pixels(rng: np.random.Generator) -> None:
    assert not np.array_equal(CAPTCHA.draw("234568", rng), CAPTCHA.draw("234568", rng))


@given(seeds)
def test_scatter_stays_in_the_authors_ranges(seed: int) -> None:
    scatter = CAPTCHA.scatter(np.random.default_rng(seed))
    assert (np.abs(scatter.angles) <= 45).all()
    assert ((scatter.rows >= 14) & (scatter.rows <= 45)).all()
    assert scatter.pepper.shape == (500, 2)
    assert (scatter.pepper >= 0).all()
    assert (scatter.pepper < (310, 80)).all()


def test_scatter_reaches_the_ends_of_its_ranges(rng: np.random.Generator) -> None:
    scatters = [CAPTCHA.scatter(rng) for _ in range(300)]
    rows = np.concatenate([scatter.rows for scatter in scatters])
    angles = np.concatenate([scatter.angles for scatter in scatters])
    assert set(rows) == set(range(14, 46))
    assert angles.min() < -44
    assert angles.max() > 44


def test_every_digit_comes_and_no_other(rng: np.random.Generator) -> None:
    assert set("".join(CAPTCHA.random_text(rng) for _ in range(200))) == set("234568")


@pytest.mark.parametrize("text", ["", "23456", "2345688", "234567", "23456a"])
def test_a_text_that_it_cannot_show(text: str, rng: np.random.Generator) -> None:
    with pytest.raises(DrawingError, match="6 characters of 234568"):
        CAPTCHA.draw(text, rng)
