"""Imitations of the captchas that sites use most, one file for each library.

Each draws one picture of a text in a library's look. They are our own drawings, made from how a
library's pictures look and how it works.
"""

from capslice.training.pictures.general.imitations import (
    claptcha,
    django_simple_captcha,
    fancy_captcha,
    gregwar,
    kaptcha,
    multicolor,
    pypi_captcha,
    securityimage,
    svg_captcha,
)
from capslice.training.pictures.general.imitations.drawing import Drawn, Imitation

__all__ = ["IMITATIONS", "WORDS_LOOK", "Drawn", "Imitation"]

IMITATIONS: dict[str, Imitation] = {
    "pypi-captcha": pypi_captcha.draw,
    "django-simple-captcha": django_simple_captcha.draw,
    "fancy-captcha": fancy_captcha.draw,
    "kaptcha": kaptcha.draw,
    "multicolor": multicolor.draw,
    "securityimage": securityimage.draw,
    "svg-captcha": svg_captcha.draw,
    "gregwar": gregwar.draw,
    "claptcha": claptcha.draw,
}
WORDS_LOOK = "fancy-captcha"  # which shows two words, unlike the others
