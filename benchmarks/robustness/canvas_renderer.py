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
SCRIPT = Path(__file__).with_suffix(".js").read_text()


class Canvas:
    """A page with a canvas, and the faces that the page has loaded."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._faces: dict[Face, str] = {}
        page.set_content("<canvas></canvas>")
        page.evaluate(SCRIPT)

    def draw(self, scenes: Sequence[Scene]) -> list[NDArray[np.uint8]]:
        """Draw the scenes: grey pictures, each uint8 (80, 310)."""
        described = json.dumps([self._describe(scene) for scene in scenes])
        pictures = self._page.evaluate("(scenes) => JSON.parse(scenes).map(draw)", described)
        content = (base64.b64decode(picture) for picture in pictures)
        return [np.frombuffer(each, np.uint8).reshape(HEIGHT, WIDTH) for each in content]

    def _describe(self, scene: Scene) -> dict[str, Any]:
        if scene.face not in self._faces:
            name = f"face{len(self._faces)}"
            self._faces[scene.face] = name
            file = base64.b64encode(font_file(scene.face)).decode()
            self._page.evaluate("([name, file]) => addFace(name, file)", [name, file])
        face, pepper = self._faces[scene.face], scene.pepper.tolist()
        return asdict(scene) | {"face": face, "pepper": pepper}


@contextmanager
def open_canvas() -> Iterator[Canvas]:
    """Open a canvas in the browser that the settings name."""
    with open_browser(Settings.load().browser) as browser:
        yield Canvas(browser.new_page())
