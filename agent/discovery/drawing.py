"""Takes screenshots of the page with an outline and a label around each element that was found."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import FloatRect, Page

from capslice.agent.browser.scripts import function
from capslice.agent.browser.time_limit import RESPONDS
from capslice.agent.discovery.form import Form
from capslice.agent.page.elements import document_of, visible
from capslice.agent.page.error_translation import translated_synchronously
from capslice.errors import ConfigurationError
from capslice.files import write_whole

COLOURS = {
    "picture": "#0b63c5",
    "input": "#7a2fb8",
    "submit": "#0a6b3d",
    "refresh": "#b25000",
    "frame": "#5a616a",
    "dismiss": "#a3005c",
    "failure": "#b3261e",
    "success": "#0a6b3d",
}
# The elements to outline on the page before an answer.
PARTS = ("frame", "picture", "input", "submit", "refresh", "dismiss")
MARGIN = 48  # pixels around the outlines
LABEL_WIDTH = 300  # pixels beside an outline
GAP = 12  # pixels between two screenshots
BOX_TIMEOUT = 1000  # milliseconds
OVERLAY = "capslice-found"


class Drawing:
    """Screenshots with outlines, one below the other."""

    def __init__(self) -> None:
        self._screenshots: list[Image.Image] = []

    def add(self, state: str, page: Page, form: Form) -> None:
        """Take a screenshot of the "form", or of the message of "failure" or "success"."""
        with translated_synchronously(page, RESPONDS):
            self._add(state, page, form)

    def _add(self, state: str, page: Page, form: Form) -> None:
        names = PARTS if state == "form" else (state,)
        boxes = {name: box for name in names if (box := _box(page, form, name))}
        parts = [
            {"label": f"{name}  {form.selector(name)}", "colour": COLOURS[name], **box}
            for name, box in boxes.items()
        ]
        outlines = {"id": OVERLAY, "parts": parts, "labelWidth": LABEL_WIDTH}
        page.evaluate(function(__package__, "drawOutlines"), outlines)
        try:
            screenshot = Image.open(io.BytesIO(page.screenshot(scale="css")))
        finally:
            page.evaluate(function(__package__, "eraseOutlines"), OVERLAY)
        self._screenshots.append(_crop(screenshot, list(boxes.values())))

    def write(self, file: Path) -> None:
        """Write all screenshots as one PNG. Raises ConfigurationError if that is impossible."""
        width = max(each.width for each in self._screenshots)
        height = sum(each.height + GAP for each in self._screenshots) - GAP
        sheet = Image.new("RGB", (width, height), "white")
        top = 0
        for each in self._screenshots:
            sheet.paste(each, (0, top))
            top += each.height + GAP
        content = io.BytesIO()
        sheet.save(content, "PNG")
        try:
            write_whole(file, content.getvalue())
        except OSError as error:
            raise ConfigurationError(
                f"the screenshot {file} cannot be written ({error.strerror})"
            ) from None


def _box(page: Page, form: Form, name: str) -> FloatRect | None:
    """Return the box of an element in the window, in CSS pixels; None if it is not visible."""
    selector = form.selector(name)
    if not selector:
        return None
    frame = form.selector("frame")
    document = page if name in ("frame", "dismiss") else document_of(page, frame)
    try:
        elements = visible(document.locator(selector)).all()
        boxes = [box for each in elements if (box := each.bounding_box(timeout=BOX_TIMEOUT))]
    except PlaywrightError:
        return None
    return _union(boxes) if boxes else None


def _crop(screenshot: Image.Image, boxes: list[FloatRect]) -> Image.Image:
    """Crop to the outlines with a margin; without outlines, return the whole screenshot."""
    if not boxes:
        return screenshot.convert("RGB")
    around = _union(boxes)
    left, top = around["x"] - MARGIN, around["y"] - MARGIN
    right = around["x"] + around["width"] + LABEL_WIDTH
    bottom = around["y"] + around["height"] + MARGIN
    right, bottom = min(screenshot.width, right), min(screenshot.height, bottom)
    return screenshot.convert("RGB").crop((max(0, left), max(0, top), right, bottom))


def _union(boxes: list[FloatRect]) -> FloatRect:
    left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
    right = max(box["x"] + box["width"] for box in boxes)
    bottom = max(box["y"] + box["height"] for box in boxes)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}
