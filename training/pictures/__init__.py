"""The captcha as pictures: its glyphs, the drawing of it, and folders of labelled ones."""

from training.pictures.dataset import DataSet, LoadReport, divide, draw_set, generate, load
from training.pictures.ellipses import EllipseCaptcha, Scatter
from training.pictures.glyphs import Glyphs
from training.pictures.stream import Stream

__all__ = [
    "DataSet",
    "EllipseCaptcha",
    "Glyphs",
    "LoadReport",
    "Scatter",
    "Stream",
    "divide",
    "draw_set",
    "generate",
    "load",
]
