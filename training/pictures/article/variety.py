"""The ranges of everything that varies in captchas in many fonts."""

from __future__ import annotations

from dataclasses import dataclass, replace

THIN = 200  # the weight up to which a face is thin, and drawn within gentler limits:
THIN_MAX_INK, THIN_MIN_BACKGROUND = 45, 190
THIN_MIN_SIZE, THIN_MAX_PEPPER = 21, 800

Range = tuple[float, float]


@dataclass(frozen=True)
class Variety:
    """The ranges that values are drawn from, uniformly. A `_share` is a probability.

    Lengths are in pixels, greys go from 0 (black) to 255 (white), angles are in degrees.
    """

    article_share: float = 0.1  # of the article's own captcha, to which nothing below applies
    # One value for each picture.
    font_size: Range = (19, 34)
    thin_share: float = 0.45  # of thin faces, in addition to those drawn by chance
    faint: Range = (0.5, 1)  # opacity of the ink, to imitate strokes thinner than a pixel
    faint_share: float = 0  # 1 in thin faces
    stretch: Range = (0.85, 1.15)  # of the width
    slant: Range = (-0.12, 0.3)  # columns a row, to the right
    weight: Range = (-0.15, 0.25)  # shift of the ink's edge, as a fraction of full ink
    weight_share: float = 0.5
    nib: Range = (1, 5)  # width of a broad pen at a random angle, in glyph pixels
    nib_share: float = 0.25
    aliased_share: float = 0.1  # no greys at the edges of digits
    ink: Range = (0, 75)
    background: Range = (175, 255)
    fringe: Range = (100, 210)  # grey that antialiased edges keep, as in the article
    fringe_share: float = 0.35
    ellipse_width: Range = (14.5, 17.5)
    ellipse_height: Range = (7.25, 8.75)
    ellipse_shift: Range = (-4, 4)
    ellipse_ink: Range = (0, 130)
    smooth_ellipses_share: float = 0.4
    thick_ellipses_share: float = 0.2
    frame_share: float = 0.9
    pepper: Range = (0, 1200)  # points
    pairs: Range = (0, 1)  # share of the pepper that comes as two adjacent pixels
    blur: Range = (0.3, 0.8)
    blur_share: float = 0.2
    scale: Range = (0.8, 2.0)  # factor of a resampling and back
    scale_share: float = 0.2
    jpeg_quality: Range = (40, 95)
    jpeg_share: float = 0.3
    shift: Range = (-4, 4)  # of all digits, sideways
    pitch: Range = (40, 52)  # distance of digits, where they are not at the article's columns
    pitch_share: float = 0.3
    # One value for each digit.
    angle: Range = (-60, 60)
    column: Range = (-5, 5)  # shift sideways
    row: Range = (24, 56)  # of the digit's middle
    bend: Range = (-18, 18)  # shift of each corner of the glyph, in glyph pixels
    bend_share: float = 0.5

    def for_thin_faces(self) -> Variety:
        """Limit what would make the digits of a thin face invisible."""
        smallest, largest = self.font_size
        return replace(
            self,
            ink=(self.ink[0], min(self.ink[1], THIN_MAX_INK)),
            background=(max(self.background[0], THIN_MIN_BACKGROUND), self.background[1]),
            font_size=(min(max(smallest, THIN_MIN_SIZE), largest), largest),
            pepper=(self.pepper[0], min(self.pepper[1], THIN_MAX_PEPPER)),
            weight_share=0,
            nib_share=0,
            aliased_share=0,
            fringe_share=0,
            faint_share=1,  # to stand for hairline fonts, of which there are few
            blur_share=0,
            scale_share=0,
        )
