"""What the author of the article guessed, beside what the module does: in figures and pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.original.drawing import Drawing
from capslice.models.sheet import write_sheet
from capslice.training.pictures import Captcha, EllipseCaptcha, SecurityImageCaptcha, draw_set
from capslice.training.pictures.article.ellipses import MOST_DEGREES, PEPPER_POINTS, ROWS
from capslice.training.pictures.fonts import Face
from capslice.training.pictures.securityimage.securityimage import ANGLES, STEEPNESS
from capslice.training.pictures.securityimage.securityimage import ROWS as MODULE_ROWS

SEED = 1
PICTURES = 200


class Guess(NamedTuple):
    """Of what, what the author took it for, and what it is."""

    what: str
    author: str
    module: str


def guesses(faces: Sequence[Face]) -> Iterator[Guess]:
    """Each by figures of captchas that are drawn for it, the module's in these faces."""
    author = EllipseCaptcha()
    module = SecurityImageCaptcha(faces=tuple(faces), particles=(250, 250))
    grounds = [always_black(captcha) for captcha in (author, module)]
    both = int((grounds[0] & grounds[1]).sum())
    yield Guess(
        "ellipses and frame",
        f"{grounds[0].sum():,} pixels",
        f"{grounds[1].sum():,} pixels, of which he has {both:,}",
    )
    steep = np.mean([abs(angle) > MOST_DEGREES for angle in ANGLES])
    yield Guess(
        "a digit's turn",
        f"any, up to {MOST_DEGREES:g} degrees either way",
        f"one of {', '.join(map(str, STEEPNESS))} degrees, either way: {steep:.0%} are steeper "
        "than his",
    )
    yield Guess(
        "its row",
        f"any of {ROWS[1] - ROWS[0] + 1}",
        f"one of {len(MODULE_ROWS)}, so many heights of an A above or below the middle",
    )
    pitches = [pitch(replace(module, faces=(face,))) for face in faces]
    his = np.diff(author.columns)
    yield Guess(
        "from digit to digit",
        f"{his.min()} to {his.max()} pixels, always the same",
        "twice the width of the font's A, and by how the digits turn: on average "
        f"{min(pitches):.0f} to {max(pitches):.0f} pixels in these fonts",
    )
    bare = replace(module, style="blank", frame=False)
    pepper = black(bare) - black(replace(bare, particles=(0, 0)))
    yield Guess(
        "pepper",
        f"{PEPPER_POINTS} points",
        f"particles of two points, of which some fall off the picture: 250 blacken {pepper:.0f}",
    )


def always_black(captcha: Captcha) -> NDArray[np.bool_]:
    """Bool (80, 310): what is black in each of many pictures."""
    pictures = draw_set(captcha, PICTURES, np.random.default_rng(SEED)).pictures
    found: NDArray[np.bool_] = (pictures == 0).all(axis=0)
    return found


def black(captcha: Captcha) -> float:
    """How many pixels of a picture are black, on average."""
    pictures = draw_set(captcha, PICTURES, np.random.default_rng(SEED)).pictures
    return float((pictures == 0).sum(axis=(1, 2)).mean())


def pitch(captcha: SecurityImageCaptcha) -> float:
    """How far digits are apart in these fonts, on average, in pixels."""
    middles = draw_set(captcha, PICTURES, np.random.default_rng(SEED)).middles
    assert middles is not None
    return float(np.diff(middles).mean())


def write_pictures(theirs: Sequence[Drawing], path: Path) -> None:
    """The module's pictures, ours of the same digits in the same face, and the author's."""
    rng = np.random.default_rng(SEED)
    tiles = []
    for drawing in theirs:
        ours = SecurityImageCaptcha(faces=(drawing.face,), at_columns=drawing.group.columns)
        with Image.open(io.BytesIO(drawing.png)) as image:
            tiles.append((np.asarray(image.convert("L")), f"the module: {drawing.text}"))
        for captcha, whose in ((ours, "ours"), (EllipseCaptcha(), "the author's")):
            tiles.append((np.asarray(captcha.draw(drawing.text, rng)), f"{whose}: {drawing.text}"))
    write_sheet([(picture, [(caption, False)]) for picture, caption in tiles], path)
