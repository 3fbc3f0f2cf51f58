"""Takes the captcha's picture exactly as the server sent it, whatever the page does to it.

A screenshot of an element does not show the element's own pixels: at a half-pixel offset it is one
pixel too large, and CSS zoom or a display of scale 2 resamples it. So for the moment of the
screenshot, a style sheet pins the picture to the corner of the page in its natural size and
disables the effects of its ancestors. The position is then known, and the screenshot can
clip the page there. Playwright would first watch an element for two frames to see if it moves.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TypedDict

from playwright.sync_api import FloatRect, Locator
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.scripts import function
from capslice.agent.browser.sync_async import first_line, result
from capslice.errors import ElementNotFound, PictureNotShown

# The attribute of an element that was seen. The element loses it when the page changes it.
SEEN = "data-capslice-seen"

MARK_ALL_KNOWN = function(__package__, "markAllKnown")
MARK_FRAME = function(__package__, "markFrame")
PREPARE = function(__package__, "preparePicture")
STYLE = files(__package__).joinpath("exact_picture.css").read_text("utf-8")


class _Size(TypedDict):
    width: float
    height: float


class _Prepared(TypedDict):
    problem: str
    width: str
    height: str
    size: _Size


async def take_picture(
    element: Locator, name: str, timeout: float, frame: Locator | None = None
) -> bytes:
    """Return a PNG of `element` in its natural size, pixel for pixel.

    `name` stands for the element in error messages. `timeout` is in seconds. `frame` is the
    iframe around the element, if there is one.

    Raises ElementNotFound if there is not exactly one such element, and PictureNotShown if it
    does not load or no screenshot is possible in time.
    """
    milliseconds = timeout * 1000
    try:
        if frame:
            await result(frame.evaluate(MARK_FRAME, timeout=milliseconds))
        prepared: _Prepared = await result(
            element.evaluate(PREPARE, milliseconds, timeout=milliseconds)
        )
    except PlaywrightTimeout:
        raise ElementNotFound(
            f"{name} matches nothing within {timeout:g} s: correct the selector"
        ) from None
    if prepared["problem"]:
        raise PictureNotShown(f"the picture at {name} {prepared['problem']}")
    width, height = prepared["width"], prepared["height"]
    size = f":root {{ --capslice-width: {width}; --capslice-height: {height}; }}\n"
    try:
        return await _screenshot(element, prepared["size"], size + STYLE, milliseconds)
    except PlaywrightTimeout as error:
        raise PictureNotShown(
            f"no screenshot of the picture at {name} is possible: {first_line(error)}"
        ) from None


async def _screenshot(element: Locator, size: _Size, style: str, milliseconds: float) -> bytes:
    page = element.page
    window = page.viewport_size
    if window and 0 < size["width"] <= window["width"] and 0 < size["height"] <= window["height"]:
        clip: FloatRect = {"x": 0, "y": 0, **size}
        return await result(
            page.screenshot(clip=clip, style=style, scale="css", timeout=milliseconds)
        )
    # The picture is not shown yet, larger than the window, or in a shadow tree.
    return await result(element.screenshot(style=style, scale="css", timeout=milliseconds))
