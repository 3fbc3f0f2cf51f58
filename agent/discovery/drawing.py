"""What was found, drawn over screenshots of the page: an outline and a label for each.

The outlines are there for the shot alone, in a shadow tree that the page's styles do not reach.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import FloatRect, Page

from capslice.agent.discovery.form import Form
from capslice.agent.page.elements import visible
from capslice.errors import ConfigurationError

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
# The page as it is found: what was looked for there.
PARTS = ("frame", "picture", "input", "submit", "refresh", "dismiss")
MARGIN = 48  # pixels about what is outlined that are shown with it
LABEL = 300  # pixels that a label takes beside it
BETWEEN = 12  # pixels between two shots
QUICKLY = 1000  # milliseconds
OVERLAY = "capslice-found"

DRAW = """
([id, parts, space]) => {
    const host = document.createElement("div");
    host.id = id;
    host.popover = "manual";
    host.style = `position: fixed; inset: 0 auto auto 0; z-index: 2147483647; width: 0; height: 0;
        margin: 0; padding: 0; border: 0; overflow: visible`;
    const root = host.attachShadow({mode: "open"});
    document.documentElement.append(host);
    for (const {label, colour, x, y, width, height} of parts) {
        const outline = document.createElement("div");
        outline.style = `position: fixed; left: ${x - 3}px; top: ${y - 3}px; width: ${width + 6}px;
            height: ${height + 6}px; border: 2px solid ${colour}; border-radius: 4px;
            box-sizing: border-box; box-shadow: 0 0 0 1px #fff`;
        const text = document.createElement("div");
        text.textContent = label;
        const beside = x + width + space < innerWidth;
        const place = beside ? "left: calc(100% + 6px); top: -2px" : "right: -2px; bottom: 100%";
        text.style = `position: absolute; ${place}; background: ${colour}; color: #fff;
            padding: 1px 6px; border-radius: 4px; max-width: ${space - 20}px;
            overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
            font: 600 12px/16px system-ui, sans-serif`;
        outline.append(text);
        root.append(outline);
    }
    // Above a dialog, too, which lies over everything else.
    host.showPopover?.();
}
"""
ERASE = f"() => document.getElementById('{OVERLAY}')?.remove()"


class Drawing:
    """Screenshots with what was found outlined in them, one below the other."""

    def __init__(self) -> None:
        self._shots: list[Image.Image] = []

    def add(self, state: str, page: Page, form: Form) -> None:
        """Take one: of the "form", or of the message of "failure" or "success"."""
        names = PARTS if state == "form" else (state,)
        boxes = {name: box for name in names if (box := _box(page, form, name))}
        parts = [
            {"label": f"{name}  {form.selector(name)}", "colour": COLOURS[name], **box}
            for name, box in boxes.items()
        ]
        page.evaluate(DRAW, [OVERLAY, parts, LABEL])
        try:
            shot = Image.open(io.BytesIO(page.screenshot(scale="css")))
        finally:
            page.evaluate(ERASE)
        self._shots.append(_cropped(shot, list(boxes.values())))

    def write(self, file: Path) -> None:
        """Write them as one PNG. Raises ConfigurationError where that cannot be."""
        width = max(shot.width for shot in self._shots)
        height = sum(shot.height + BETWEEN for shot in self._shots) - BETWEEN
        sheet = Image.new("RGB", (width, height), "white")
        top = 0
        for shot in self._shots:
            sheet.paste(shot, (0, top))
            top += shot.height + BETWEEN
        try:
            sheet.save(file, "PNG")
        except OSError as error:
            raise ConfigurationError(
                f"the screenshot {file} cannot be written ({error.strerror})"
            ) from None


def _box(page: Page, form: Form, name: str) -> FloatRect | None:
    """What an element covers of the window, in CSS pixels; None where it is not there."""
    selector = form.selector(name)
    if not selector:
        return None
    frame = form.selector("frame")
    framed = name not in ("frame", "dismiss") and frame and page.locator(frame).count()
    place = page.frame_locator(frame) if framed else page
    try:
        found = visible(place.locator(selector))
        boxes = [each.bounding_box(timeout=QUICKLY) for each in found.all()]
    except PlaywrightError:
        return None
    there = [box for box in boxes if box]
    return _union(there) if there else None


def _cropped(shot: Image.Image, boxes: list[FloatRect]) -> Image.Image:
    """What is outlined, with a margin; all of it where nothing is."""
    if not boxes:
        return shot.convert("RGB")
    around = _union(boxes)
    left, top = around["x"] - MARGIN, around["y"] - MARGIN
    right, low = around["x"] + around["width"] + LABEL, around["y"] + around["height"] + MARGIN
    right, low = min(shot.width, right), min(shot.height, low)
    return shot.convert("RGB").crop((max(0, left), max(0, top), right, low))


def _union(boxes: list[FloatRect]) -> FloatRect:
    left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
    right = max(box["x"] + box["width"] for box in boxes)
    low = max(box["y"] + box["height"] for box in boxes)
    return {"x": left, "y": top, "width": right - left, "height": low - top}
