"""The captcha as pictures: its glyphs, the drawing of it, and folders of labelled ones."""

from training.pictures.brought import BroughtCaptcha, bring
from training.pictures.captcha import Captcha, Slices
from training.pictures.dataset import DataSet, LoadReport, divide, draw_set, generate, joined, load
from training.pictures.ellipses import EllipseCaptcha, Scatter
from training.pictures.folder import FolderCaptcha, Look
from training.pictures.glyphs import Glyphs
from training.pictures.original import OriginalCaptcha
from training.pictures.securityimage import SecurityImageCaptcha
from training.pictures.stream import Stream
from training.pictures.variation import Pool
from training.pictures.varied import VariedCaptcha

CAPTCHAS: dict[str, type[Captcha]] = {
    kind.name: kind
    for kind in (EllipseCaptcha, VariedCaptcha, SecurityImageCaptcha, OriginalCaptcha)
}


def captcha_named(name: str) -> Captcha:
    """A captcha of CAPTCHAS, or one's own, as `package.module:Class`.

    Raises DrawingError where that cannot be loaded, or does not draw as it has to.
    """
    return CAPTCHAS[name]() if name in CAPTCHAS else bring(name)


__all__ = [
    "CAPTCHAS",
    "BroughtCaptcha",
    "Captcha",
    "DataSet",
    "EllipseCaptcha",
    "FolderCaptcha",
    "Glyphs",
    "LoadReport",
    "Look",
    "OriginalCaptcha",
    "Pool",
    "Scatter",
    "SecurityImageCaptcha",
    "Slices",
    "Stream",
    "VariedCaptcha",
    "bring",
    "captcha_named",
    "divide",
    "draw_set",
    "generate",
    "joined",
    "load",
]
