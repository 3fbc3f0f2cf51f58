"""Draws scenes on the canvas of a browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from benchmarks.robustness.faces import font_file
from benchmarks.robustness.scenes import HEIGHT, WIDTH, Scene
from capslice import Settings, open_browser
from capslice.training.pictures.fonts import Face

NAME = "canvas"
PROGRAM = Path(__file__).with_name("canvas.js").read_text()


class Canvas:
    """A blank page in a browser, and the faces that it knows by now."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._faces: dict[Face, str] = {}
        page.set_content("<canvas></canvas>")
        page.evaluate(PROGRAM)

    def draw(self, scenes: Sequence[Scene]) -> list[NDArray[np.uint8]]:
        """uint8 (80, 310) each: the pictures in grey."""
        told = json.dumps([self._told(scene) for scene in scenes])
        drawn = self._page.evaluate("(scenes) => JSON.parse(scenes).map(draw)", told)
        content = (base64.b64decode(picture) for picture in drawn)
        return [np.frombuffer(each, np.uint8).reshape(HEIGHT, WIDTH) for each in content]

    def _told(self, scene: Scene) -> dict[str, Any]:
        if scene.face not in self._faces:
            name = f"face{len(self._faces)}"
            self._faces[scene.face] = name
            file = base64.b64encode(font_file(scene.face)).decode()
            self._page.evaluate("([name, file]) => addFace(name, file)", [name, file])
        told = asdict(scene)
        return told | {"face": self._faces[scene.face], "pepper": scene.pepper.tolist()}


@contextmanager
def open_canvas() -> Iterator[Canvas]:
    """A canvas in the browser that the settings name."""
    with open_browser(Settings.load().browser) as browser:
        yield Canvas(browser.new_page())
