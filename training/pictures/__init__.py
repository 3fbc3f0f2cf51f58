"""The captcha as pictures: its glyphs, the drawing of it, and folders of labelled ones."""

from training.pictures.captcha import Captcha
from training.pictures.dataset import DataSet, LoadReport, divide, draw_set, generate, load
from training.pictures.ellipses import EllipseCaptcha, Scatter
from training.pictures.glyphs import Glyphs
from training.pictures.mixed import MixedCaptcha
from training.pictures.securityimage import SecurityImageCaptcha
from training.pictures.stream import Stream
from training.pictures.varied import VariedCaptcha

CAPTCHAS: dict[str, type[Captcha]] = {
    kind.name: kind for kind in (EllipseCaptcha, VariedCaptcha, SecurityImageCaptcha, MixedCaptcha)
}

__all__ = [
    "CAPTCHAS",
    "Captcha",
    "DataSet",
    "EllipseCaptcha",
    "Glyphs",
    "LoadReport",
    "MixedCaptcha",
    "Scatter",
    "SecurityImageCaptcha",
    "Stream",
    "VariedCaptcha",
    "divide",
    "draw_set",
    "generate",
    "load",
]
