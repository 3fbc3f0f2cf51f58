"""Takes the captcha's picture as a user sees it, in its natural size, whatever the page does to it.

A script draws an <img> or a <canvas> on a canvas of its own: that takes no frame, and nothing that
covers, zooms or moves the picture matters.

Anything else is a screenshot. A screenshot of an element does not show the element's own pixels: at
a half-pixel offset it is one pixel too large, and CSS zoom or a display of scale 2 resamples it. So
for the moment of the screenshot, a style sheet pins the picture to the corner of the page in its
natural size, disables the effects of its ancestors, and hides all else. The position is then known,
and the screenshot can clip the page there. Playwright would first watch an element for two frames
to see if it moves. It would also hide the caret by the `style` of each field, which may be the
picture itself, and then seem to be replaced: so the style sheet hides the caret.

Both show one frame of a moving picture. So its file is taken from the response that the page got,
without another request, which might bring another captcha.
"""

from __future__ import annotations

import io
from base64 import b64decode
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING, TypedDict

from cachetools import LRUCache
from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import FloatRect, Locator, Page, Response
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.sync_async import first_line, result
from capslice.agent.page.answering import NOT_ONE
from capslice.errors import ElementNotFound, PictureNotShown
from capslice.models.pictures import MAX_PIXELS, is_moving

if TYPE_CHECKING:
    from capslice.agent.page.elements import Elements

# The attribute of an element that was seen. The element loses it when the page changes it.
SEEN = "data-capslice-seen"

MARK_ALL_KNOWN = function(__package__, "markAllKnown")
IS_ROW = function(__package__, "isRow")
PREPARE = function(__package__, "preparePicture")
PIN = function(__package__, "pin")
UNPIN = function(__package__, "unpin")
MOVING_TYPES = ("image/gif", "image/webp", "image/apng")
MOST_FILES = 20  # responses that are remembered
STYLE = files(__package__).joinpath("exact_picture.css").read_text("utf-8")


class _Style(TypedDict):
    style: str
    width: str
    height: str
    left: float
    top: float
    isFrame: bool


class _Prepared(TypedDict):
    problem: str
    width: str
    height: str
    source: str
    drawn: str


class ExactPicture:
    """Takes pictures on `page`, and remembers its moving picture files from `start` to `stop`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._files: LRUCache[str, Response] = LRUCache(MOST_FILES)

    def start(self) -> None:
        """Listen to the page's responses."""
        self.page.on("response", self._on_response)

    def stop(self) -> None:
        """Stop listening."""
        self.page.remove_listener("response", self._on_response)

    def _on_response(self, response: Response) -> None:
        if response.headers.get("content-type", "").startswith(MOVING_TYPES):
            request = response.request
            while request.redirected_from:
                request = request.redirected_from
            self._files[_without_fragment(request.url)] = response

    async def take(self, elements: Elements, timeout: float) -> bytes:
        """Return a PNG of the captcha in its natural size, pixel for pixel.

        Of a moving picture, return the file as it was served. `timeout` is in seconds. If the
        selector matches images in a row, each of which shows one character, join them.

        Raises ElementNotFound if there is no such element, PictureNotShown if it does not load or
        no screenshot is possible in time, and Playwright's error if there are several elements.
        """
        selected = elements.locator("picture")
        try:
            return await self._take(selected, elements, timeout)
        except PlaywrightError as error:
            if NOT_ONE not in error.message:
                raise
            if not checked(await result(selected.evaluate_all(IS_ROW)), bool):
                raise
        images = [selected.nth(place) for place in range(await result(selected.count()))]
        return _joined([await self._take(image, elements, timeout) for image in images])

    async def _take(self, element: Locator, elements: Elements, timeout: float) -> bytes:
        milliseconds = timeout * 1000
        name = f"selectors.picture {elements.selectors.picture!r}"
        try:
            prepared = checked(
                await result(element.evaluate(PREPARE, milliseconds, timeout=milliseconds)),
                _Prepared,
            )
        except PlaywrightTimeout:
            raise ElementNotFound(
                f"{name} matches nothing within {timeout:g} s: correct the selector"
            ) from None
        if prepared["problem"]:
            raise PictureNotShown(f"the picture at {name} {prepared['problem']}")
        file = await self._file(prepared["source"])
        if is_moving(file):
            return file
        if prepared["drawn"]:
            return _data(prepared["drawn"])
        style = _Style(
            style=STYLE,
            width=prepared["width"],
            height=prepared["height"],
            left=0,
            top=0,
            isFrame=False,
        )
        try:
            width, height, left, top = await _pin(element, style, milliseconds)
            if width * height > MAX_PIXELS:
                raise PictureNotShown(
                    f"the picture at {name} is {width:g}x{height:g} pixels: that is no captcha"
                )
            for frame in reversed(elements.frames):
                style |= {"left": left, "top": top, "isFrame": True}
                *_, left, top = await _pin(frame, style, milliseconds)
            size, in_frame = (width, height), bool(elements.frames)
            return await _screenshot(element, size, milliseconds, in_frame=in_frame)
        except PlaywrightTimeout as error:
            raise PictureNotShown(
                f"no screenshot of the picture at {name} is possible: {first_line(error)}"
            ) from None
        finally:
            with suppress(PlaywrightError):  # the page may be gone
                for each in (element, *elements.frames):
                    await result(each.evaluate(UNPIN, timeout=1000))

    async def _file(self, source: str) -> bytes:
        """The file at an address, or b"" if it is not known, or cannot be a moving picture."""
        if source.startswith("data:"):
            return _data(source)
        response = self._files.get(_without_fragment(source))
        with suppress(PlaywrightError):  # the browser may have dropped it
            return await result(response.body()) if response else b""
        return b""


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]


def _data(url: str) -> bytes:
    with suppress(ValueError):  # the page may write anything
        return b64decode(url.partition(";base64,")[2])
    return b""


def _joined(pictures: list[bytes]) -> bytes:
    """A PNG of the pictures side by side, on white."""
    images = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    size = (sum(image.width for image in images), max(image.height for image in images))
    whole, left = Image.new("RGB", size, "white"), 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width
    content = io.BytesIO()
    whole.save(content, "PNG")
    return content.getvalue()


async def _pin(
    element: Locator, style: _Style, milliseconds: float
) -> tuple[float, float, float, float]:
    """Pin an element; return its width, its height, and the picture's place in its window."""
    found = await result(element.evaluate(PIN, style, timeout=milliseconds))
    return checked(found, tuple[float, float, float, float])


async def _screenshot(
    element: Locator, size: tuple[float, float], milliseconds: float, *, in_frame: bool
) -> bytes:
    page, (width, height) = element.page, size
    window = page.viewport_size
    if window and 0 < width <= window["width"] and 0 < height <= window["height"]:
        clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": height}
        # A <frame> stays where it is.
        box = await result(element.bounding_box(timeout=milliseconds)) if in_frame else None
        if box:
            clip |= {"x": box["x"], "y": box["y"]}
        return await result(
            page.screenshot(clip=clip, scale="css", caret="initial", timeout=milliseconds)
        )
    # The picture is not shown yet, or larger than the window.
    return await result(element.screenshot(scale="css", caret="initial", timeout=milliseconds))
