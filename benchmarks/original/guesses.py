"""Compares the guesses of the article's author with the module, in figures and pictures."""

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
    """A feature of the captcha, in the author's imitation and in the module."""

    feature: str
    author: str
    module: str


def guesses(faces: Sequence[Face]) -> Iterator[Guess]:
    """Compare feature by feature, by drawing captchas of both, the module's in these faces."""
    author = EllipseCaptcha()
    module = SecurityImageCaptcha(faces=tuple(faces), particles=(250, 250))
    backgrounds = [always_black(captcha) for captcha in (author, module)]
    shared = int((backgrounds[0] & backgrounds[1]).sum())
    yield Guess(
        "ellipses and frame",
        f"{backgrounds[0].sum():,} pixels",
        f"{backgrounds[1].sum():,} pixels; {shared:,} of them are the author's too",
    )
    steep = np.mean([abs(angle) > MOST_DEGREES for angle in ANGLES])
    yield Guess(
        "rotation of a digit",
        f"any, up to {MOST_DEGREES:g} degrees either way",
        f"one of {', '.join(map(str, STEEPNESS))} degrees either way; {steep:.0%} are steeper than "
        "the author's",
    )
    yield Guess(
        "row of a digit",
        f"any of {ROWS[1] - ROWS[0] + 1}",
        f"one of {len(MODULE_ROWS)}: multiples of the height of an A, above or below the middle",
    )
    distances = [mean_distance(replace(module, faces=(face,))) for face in faces]
    authors = np.diff(author.columns)
    yield Guess(
        "distance of digits",
        f"{authors.min()} to {authors.max()} pixels, the same in each captcha",
        "by the width of the font's A and the rotation of the digits: on average "
        f"{min(distances):.0f} to {max(distances):.0f} pixels in these fonts",
    )
    bare = replace(module, style="blank", frame=False)
    pepper = mean_black(bare) - mean_black(replace(bare, particles=(0, 0)))
    yield Guess(
        "pepper",
        f"{PEPPER_POINTS} points",
        "particles of two points, some of them outside the picture: 250 particles blacken "
        f"{pepper:.0f} points",
    )


def always_black(captcha: Captcha) -> NDArray[np.bool_]:
    """The pixels that are black in each of many pictures, bool (80, 310)."""
    pictures = draw_set(captcha, PICTURES, np.random.default_rng(SEED)).pictures
    black_in_all: NDArray[np.bool_] = (pictures == 0).all(axis=0)
    return black_in_all


def mean_black(captcha: Captcha) -> float:
    """The mean number of black pixels in a picture."""
    pictures = draw_set(captcha, PICTURES, np.random.default_rng(SEED)).pictures
    return float((pictures == 0).sum(axis=(1, 2)).mean())


def mean_distance(captcha: SecurityImageCaptcha) -> float:
    """The mean distance from one digit to the next, in pixels."""
    middles = draw_set(captcha, PICTURES, np.random.default_rng(SEED)).middles
    assert middles is not None
    return float(np.diff(middles).mean())


def write_pictures(theirs: Sequence[Drawing], path: Path) -> None:
    """Write a sheet: the module's pictures, ours of the same text and face, and the author's."""
    rng = np.random.default_rng(SEED)
    tiles = []
    for drawing in theirs:
        ours = SecurityImageCaptcha(faces=(drawing.face,), at_columns=drawing.group.columns)
        with Image.open(io.BytesIO(drawing.png)) as image:
            tiles.append((np.asarray(image.convert("L")), f"the module: {drawing.text}"))
        for captcha, whose in ((ours, "ours"), (EllipseCaptcha(), "the author's")):
            tiles.append((np.asarray(captcha.draw(drawing.text, rng)), f"{whose}: {drawing.text}"))
    write_sheet([(picture, [(caption, False)]) for picture, caption in tiles], path)
