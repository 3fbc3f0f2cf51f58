"""Draws scenes with Skia, the library behind Chrome and Android."""

from __future__ import annotations

from functools import cache

import numpy as np
import skia
from numpy.typing import NDArray

from benchmarks.robustness.faces import font_file
from benchmarks.robustness.scenes import HEIGHT, WIDTH, Scene
from capslice.training.pictures.fonts import Face

NAME = "Skia"


def draw(scene: Scene) -> NDArray[np.uint8]:
    """Draw a scene: a grey picture, uint8 (80, 310)."""
    surface = skia.Surface(WIDTH, HEIGHT)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorSetRGB(*[scene.background] * 3))
    ink = skia.ColorSetRGB(*[scene.ink] * 3)
    line = skia.Paint(Color=ink, Style=skia.Paint.kStroke_Style, AntiAlias=scene.smooth)
    x, y = scene.middle
    for i in range(1, 21):
        dx, dy = i * scene.steps[0], i * scene.steps[1]
        canvas.drawOval(skia.Rect.MakeLTRB(x - dx, y - dy, x + dx, y + dy), line)
    canvas.drawRect(skia.Rect.MakeLTRB(0.5, 0.5, WIDTH - 0.5, HEIGHT - 0.5), line)
    font = skia.Font(_typeface(scene.face), scene.size)
    font.setEdging(skia.Font.Edging.kAntiAlias)
    fill = skia.Paint(Color=ink, AntiAlias=True)
    for digit in scene.digits:
        box = skia.Rect()
        font.measureText(digit.character, skia.TextEncoding.kUTF8, box)
        canvas.save()
        canvas.translate(digit.x, digit.y)
        canvas.rotate(-digit.angle)
        canvas.drawString(digit.character, -box.centerX(), -box.centerY(), font, fill)
        canvas.restore()
    for left, top in scene.pepper.tolist():
        canvas.drawRect(skia.Rect.MakeXYWH(left, top, 1, 1), skia.Paint(Color=ink))
    # All channels are equal.
    return np.ascontiguousarray(surface.makeImageSnapshot().toarray()[..., 0])


@cache
def _typeface(face: Face) -> skia.Typeface:
    return skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(font_file(face)))
