"""Captchas and how they are drawn, and data sets and streams of labelled pictures."""

from capslice.extras import missing
from capslice.training.pictures.article.ellipses import EllipseCaptcha, Scatter
from capslice.training.pictures.article.glyphs import Glyphs
from capslice.training.pictures.article.varied import VariedCaptcha
from capslice.training.pictures.augmentation import Pool
from capslice.training.pictures.captcha import PAD, Captcha, Slices, codes_of, texts_of
from capslice.training.pictures.custom import CustomCaptcha, custom_captcha
from capslice.training.pictures.dataset import (
    DataSet,
    LoadReport,
    divide,
    draw_set,
    generate,
    joined,
    load,
)
from capslice.training.pictures.even_middles import with_even_middles
from capslice.training.pictures.evidence import Evidence, load_evidence
from capslice.training.pictures.folder import FolderCaptcha, FolderDescription
from capslice.training.pictures.letters import LettersCaptcha, SumCaptcha
from capslice.training.pictures.mixture import Mixture
from capslice.training.pictures.securityimage.original import OriginalCaptcha
from capslice.training.pictures.securityimage.securityimage import SecurityImageCaptcha
from capslice.training.pictures.stream import Stream

CAPTCHAS: dict[str, type[Captcha]] = {
    kind.name: kind
    for kind in (
        *(EllipseCaptcha, VariedCaptcha, SecurityImageCaptcha, OriginalCaptcha),
        *(LettersCaptcha, SumCaptcha),
    )
}


def captcha_named(name: str) -> Captcha:
    """Return a captcha of CAPTCHAS, `general`, or a custom one named `package.module:Class`.

    Raises DrawingError if a custom captcha cannot be loaded, or does not draw as it should.
    """
    if name == "general":  # only it needs OpenCV, which the mock page does without
        try:
            from capslice.training.pictures.general.general import GeneralCaptcha
        except ImportError as error:
            raise missing(f"general captchas need OpenCV ({error})", "training") from None
        return GeneralCaptcha()
    return CAPTCHAS[name]() if name in CAPTCHAS else custom_captcha(name)


__all__ = [
    "CAPTCHAS",
    "PAD",
    "Captcha",
    "CustomCaptcha",
    "DataSet",
    "EllipseCaptcha",
    "Evidence",
    "FolderCaptcha",
    "FolderDescription",
    "Glyphs",
    "LettersCaptcha",
    "LoadReport",
    "Mixture",
    "OriginalCaptcha",
    "Pool",
    "Scatter",
    "SecurityImageCaptcha",
    "Slices",
    "Stream",
    "SumCaptcha",
    "VariedCaptcha",
    "captcha_named",
    "codes_of",
    "custom_captcha",
    "divide",
    "draw_set",
    "generate",
    "joined",
    "load",
    "load_evidence",
    "texts_of",
    "with_even_middles",
]
