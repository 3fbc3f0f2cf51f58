"""The ranges of everything that varies in general captchas, and how often each option occurs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

Range = tuple[float, float]
Option = TypeVar("Option")
# Options, each with how often it occurs, compared with the others.
Weights = tuple[tuple[Option, float], ...]


def pick(options: Weights[Option], rng: np.random.Generator) -> Option:
    """Choose one of the options, each as often as its weight says."""
    left = rng.random() * sum(weight for _, weight in options)
    for option, weight in options:
        left -= weight
        if left < 0:
            return option
    return option


def log_uniform(limits: Range, rng: np.random.Generator) -> float:
    """Draw a value whose logarithm is uniform: small values are as well covered as large ones."""
    return math.exp(rng.uniform(math.log(limits[0]), math.log(limits[1])))


# The looks of libraries, by their names in imitations/.
LOOKS: Weights[str] = (
    ("pypi-captcha", 0.25),
    ("django-simple-captcha", 0.15),
    ("fancy-captcha", 0.1),
    ("kaptcha", 0.2),
    ("multicolor", 0.1),
    ("securityimage", 0.15),
    ("svg-captcha", 0.2),
    ("gregwar", 0.2),
    ("claptcha", 0.1),
)
# How ranges become easier: the first ones end nearer to where they begin, the others nearer to 0.
LOWER = (
    "ground_amplitude",
    "size_step",
    "row_step",
    "line_count",
    "line_thickness",
    "dash_count",
    "dot_density",
    "pepper_density",
    "dense_contrast",
    "wave_height",
    "ripple_height",
    "noise",
    "blur",
)
NARROWER = ("shear", "arch", "perspective", "bulge")


@dataclass(frozen=True)
class Variety:
    """The ranges that values are drawn from, uniformly unless it says otherwise.

    A `_share` is a probability. Lengths are in pixels of the picture before it is fitted to the
    model's size, or in heights of a capital letter where it says so. Greys go from 0 (black) to
    255 (white), angles are in degrees.
    """

    # The text.
    lengths: Weights[int] = (
        (2, 0.03),
        (3, 0.07),
        (4, 0.26),
        (5, 0.25),
        (6, 0.2),
        (7, 0.09),
        (8, 0.06),
        (9, 0.04),
        (10, 0.03),
    )
    alphabets: Weights[str] = (
        ("digits", 0.22),
        ("capitals", 0.12),
        ("small", 0.1),
        ("capitals digits", 0.14),
        ("small digits", 0.12),
        ("letters", 0.05),
        ("all", 0.2),
        ("words", 0.04),
    )
    word_lengths: Weights[int] = ((7, 0.15), (8, 0.3), (9, 0.3), (10, 0.25))  # of two words
    unambiguous_share: float = 0.35  # of texts without characters that are easily confused
    sum_share: float = 0.05

    # Pictures in the look of a library, and how often each look occurs.
    imitation_share: float = 0.25
    imitations: Weights[str] = LOOKS
    words_look_share: float = 0.5  # of MediaWiki's look, among texts that could be two words

    # The picture.
    height: Range = (20, 150)  # the logarithm has a triangular distribution about the usual one
    usual_height: float = 45
    width: Range = (60, 400)
    calm_share: float = 0.2  # of easy pictures: no warps, no clutter, a plain ground
    difficulty: Range = (0.15, 1.1)  # of the others; see `eased`
    dark_share: float = 0.2  # of light letters on a dark ground
    light_ground: Range = (150, 255)
    white_share: float = 0.35  # of light grounds that are white
    dark_ground: Range = (0, 110)
    contrast: Range = (80, 255)  # between ground and ink; as much of it as there is room for
    pale_contrast: Range = (40, 80)
    pale_share: float = 0.1
    grounds: Weights[str] = (
        ("plain", 0.58),
        ("gradient", 0.14),
        ("texture", 0.1),
        ("photograph", 0.09),
        ("stripes", 0.04),
        ("cells", 0.05),
    )
    ground_amplitude: Range = (
        0.1,
        0.35,
    )  # of what varies in the ground, as a share of the contrast

    # The letters, one value for each picture.
    letter_height: Range = (0.36, 0.8)  # of a capital, as a share of the picture's height
    small_letter_height: Range = (0.2, 0.36)
    small_share: float = 0.1
    least_letter_height: float = 11
    several_fonts_share: float = 0.15
    thin: int = 200  # the weight up to which a face is thin, and drawn with full contrast
    strokes: Weights[str] = (
        ("plain", 0.68),
        ("hollow", 0.1),
        ("outlined", 0.05),
        ("striped", 0.02),
        ("doubled", 0.04),
        ("shadowed", 0.07),
        ("embossed", 0.04),
    )
    # Between two letters, in heights of a capital.
    gaps: Weights[Range] = (
        ((-0.3, -0.05), 0.14),
        ((-0.08, 0.05), 0.16),
        ((0.05, 0.25), 0.4),
        ((0.25, 0.6), 0.2),
        ((0.6, 1.3), 0.1),
    )
    # At both ends, in heights of the picture.
    margins: Weights[Range] = (
        ((0, 0.05), 0.2),
        ((0.05, 0.3), 0.4),
        ((0.3, 0.8), 0.25),
        ((0.8, 2.5), 0.15),
    )
    at_end_share: float = 0.5  # of texts in wide margins that lie at one end
    widened: Range = (0.75, 1.5)
    aliased_share: float = 0.1  # no greys at the edges of letters
    several_inks_share: float = 0.25
    ink_contrast: Range = (0.3, 1.2)  # of several inks, as a share of the contrast
    # The most that a letter is turned.
    tilt: Weights[Range] = (
        ((0, 0), 0.22),
        ((4, 12), 0.28),
        ((12, 30), 0.36),
        ((30, 50), 0.14),
    )
    shear: Range = (-0.4, 0.4)
    sheared_share: float = 0.3
    size_step: Range = (0, 0.25)
    several_sizes_share: float = 0.45
    row_step: Range = (0, 1)  # as a share of the free space above and below
    several_rows_share: float = 0.5
    wide_operator_share: float = 0.6  # of sums with spaces around their signs

    # The clutter.
    clutter_kinds: Weights[int] = (
        (0, 0.15),
        (1, 0.35),
        (2, 0.3),
        (3, 0.2),
    )
    clutter: Weights[str] = (
        ("lines", 0.2),
        ("curves", 0.14),
        ("arcs", 0.08),
        ("strike", 0.1),
        ("dashes", 0.08),
        ("grid", 0.04),
        ("ellipses", 0.03),
        ("dots", 0.14),
        ("pepper", 0.07),
        ("blobs", 0.04),
        ("decoys", 0.05),
        ("hatch", 0.03),
        ("frame", 0.05),
    )
    # Decoys and blobs are always under the letters.
    clutter_order: Weights[str] = (
        ("under", 0.3),
        ("over", 0.4),
        ("after", 0.3),
    )
    clutter_like_ink_share: float = 0.5
    line_count: Range = (1, 12)  # small numbers are more frequent
    line_thickness: Range = (0.02, 0.12)  # in heights of a capital
    dash_count: Range = (4, 40)
    dot_density: Range = (0.002, 0.08)  # small densities are more frequent
    pepper_density: Range = (0.005, 0.08)
    dense_contrast: Range = (0.2, 1)  # of grids, hatches and ellipses, as a share of the letters'
    decoy_contrast: Range = (0.15, 0.4)  # as a share of the letters'

    # What bends and spoils the whole picture.
    warps: Weights[str] = (
        ("none", 0.45),
        ("wave", 0.2),
        ("ripple", 0.1),
        ("arch", 0.07),
        ("perspective", 0.12),
        ("bulge", 0.06),
    )
    wave_length: Range = (0.8, 4)  # in heights of a capital
    wave_height: Range = (0.02, 0.1)  # in lengths of the wave
    ripple_length: Range = (0.25, 0.8)
    ripple_height: Range = (0.02, 0.09)
    arch: Range = (-0.25, 0.25)  # how far the ends rise, in heights of the picture
    perspective: Range = (-0.16, 0.16)  # shift of a corner, in heights of the picture
    bulge: Range = (-0.3, 0.3)
    jagged_share: float = 0.2  # of bent pictures without greys between pixels
    blur: Range = (0.3, 1.2)
    blur_share: float = 0.18
    noise: Range = (3, 26)  # standard deviation of the greys
    noise_share: float = 0.18
    resolution: Range = (0.5, 0.9)  # of a picture that was made larger afterwards
    resolution_share: float = 0.12
    jpeg_quality: Range = (30, 92)
    jpeg_share: float = 0.2
    palette: Range = (3, 17)  # number of greys
    palette_share: float = 0.1

    def eased(self, difficulty: float) -> Variety:
        """The same with less of what makes pictures hard to read: all of it at 1, little at 0."""
        ranges: dict[str, Any] = {}
        for name in LOWER:
            low, high = getattr(self, name)
            ranges[name] = (low, low + difficulty * (high - low))
        for name in NARROWER:
            low, high = getattr(self, name)
            ranges[name] = (difficulty * low, difficulty * high)
        tilt = tuple(
            ((difficulty * low, difficulty * high), share) for (low, high), share in self.tilt
        )
        return replace(self, tilt=tilt, **ranges)
