"""A small file with a huge picture ends the attempt, and takes no memory of ours."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest

from capslice.agent.browser.scripts import source
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.errors import BrowserGone, PictureNotShown
from capslice.models.pictures import MAX_PIXELS
from tests.agent.conftest import Answer, Site
from tests.fuzz.test_pictures import PNG_HEAD, chunk

SIDE = 20_000
SHOWN = {
    "an image": '<img id="captcha" src="/p">',
    "a background": '<p id="captcha" style="background: url(/p); width: 20000px; height: 20000px">',
    "an object": f'<object id="captcha" data="/p" width="{SIDE}" height="{SIDE}"></object>',
    "a canvas": f'<canvas id="captcha" width="{SIDE}" height="{SIDE}"></canvas>',
    "an SVG": f'<svg id="captcha" width="{SIDE}" height="{SIDE}"><image href="/p"/></svg>',
}


def bomb() -> bytes:
    """A PNG of 20,000 times 20,000 white pixels."""
    row = b"\0" + b"\xff" * (SIDE // 8)
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0)
    data = zlib.compress(row * SIDE, 9)
    return PNG_HEAD + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("how", SHOWN)
def test_a_huge_picture_is_refused(
    how: str, site: Callable[..., Site], visit: Callable[..., SyncCaptchaPage]
) -> None:
    here = site({"/": Answer(SHOWN[how].encode()), "/p": Answer(bomb(), kind="image/png")})
    page = visit(here.url, 3)
    page.open()
    with pytest.raises((PictureNotShown, BrowserGone)):
        page.picture()


def test_the_script_and_the_reader_have_the_same_limit() -> None:
    assert f"const MOST_PIXELS = {MAX_PIXELS:_};" in source("capslice.agent.page")
