"""The agent takes the picture as the server sent it, whatever the page and the display do."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.page.elements import Elements
from capslice.agent.page.exact_picture import ExactPicture
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.settings import Selectors, Target
from capslice.errors import ElementNotFound, PictureNotShown
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import Answer, Site

OFFSETS = (0, 0.3, 0.5)
ZOOMS = (0.8, 1, 1.1, 1.25, 2)
SCALES = (1, 2, *(pytest.param(scale, marks=pytest.mark.slow) for scale in (1.25, 1.5, 3)))

PAGE = """<!doctype html><title>captcha</title><style>
#styled {{ background: url(/captcha.png); width: 310px; height: 80px }}</style>
<body style="margin: 0; {body}"><div style="{around}"><form>
<img id="captcha" src="/captcha.png" style="{picture}" {attributes}>
<div style="{picture}"><div id="styled"></div></div></form></div>
<div style="height: 3000px"></div>"""


def page(body: str = "", around: str = "", picture: str = "", attributes: str = "") -> Answer:
    html = PAGE.format(body=body, around=around, picture=picture, attributes=attributes)
    return Answer(html.encode())


@pytest.fixture(scope="module")
def served() -> bytes:
    content = io.BytesIO()
    EllipseCaptcha().draw("234568", np.random.default_rng(5)).save(content, "PNG")
    return content.getvalue()


def difference(served: bytes, taken: bytes) -> int | str:
    """The largest difference of any channel of any pixel, or the size taken if that differs."""
    one, other = (Image.open(io.BytesIO(png)).convert("RGB") for png in (served, taken))
    if one.size != other.size:
        return "{}x{}".format(*other.size)
    return int(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max())


@pytest.mark.parametrize("scale", SCALES)
def test_offsets_zooms_and_device_scales(
    scale: float, browser: Browser, site: Callable[..., Site], served: bytes
) -> None:
    table = {}
    answers = {"/captcha.png": Answer(served, kind="image/png")}
    for zoom, offset, scrolled in itertools.product(ZOOMS, OFFSETS, (0, 1500.5)):
        answers[f"/{zoom}/{offset}/{scrolled}"] = page(
            body=f"zoom: {zoom}",
            around=f"padding: {offset}px; margin-top: {scrolled}px",
            picture=f"margin-left: {offset}px",
        )
    there = site(answers)
    with browser.new_context(device_scale_factor=scale) as context:
        tab = context.new_page()
        for path in answers:
            if path == "/captcha.png":
                continue
            target = Target(url=there.url.rstrip("/") + path)
            with SyncCaptchaPage(tab, target, 10) as captcha_page:
                captcha_page.open()
                table[path] = difference(served, captcha_page.picture())
            # A script draws an <img>; this is a screenshot.
            styled = Elements(tab, Selectors(picture="#styled"))
            taken = run_synchronously(ExactPicture(tab).take(styled, 10))
            table[f"{path}/styled"] = difference(served, taken)
    assert len(table) == 60
    assert set(table.values()) == {0}, table


@pytest.mark.parametrize(
    "layout",
    [
        {"around": "transform: translate(0.4px, 7.7px) rotate(3deg) scale(1.1)"},
        {"around": "transform: rotate(90deg); overflow: hidden; width: 40px; height: 20px"},
        {"around": "filter: blur(2px); opacity: 0.3; mix-blend-mode: multiply"},
        {"around": "position: absolute; left: 1000px; contain: strict; width: 9px; height: 9px"},
        {"around": "columns: 2; container-type: inline-size; perspective: 100px"},
        {"picture": "border: 3px solid red; padding: 5px; border-radius: 20px; opacity: 0.5"},
        {"picture": "width: 155px; height: 90px; object-fit: contain; clip-path: circle()"},
        {"picture": "animation: spin 1s infinite; transition: all 5s; filter: blur(9px)"},
        {"picture": "max-width: 50%; transform: skew(10deg); box-shadow: 0 0 9px"},
        {"attributes": "width=100 height=200"},
    ],
)
def test_styles_do_not_change_the_picture(
    layout: dict[str, str],
    visit: Callable[..., SyncCaptchaPage],
    site: Callable[..., Site],
    served: bytes,
) -> None:
    there = site({"/": page(**layout), "/captcha.png": Answer(served, kind="image/png")})
    captcha_page = visit(there.url)
    captcha_page.open()
    assert difference(served, captcha_page.picture()) == 0


def test_the_page_looks_the_same_afterwards(
    visit: Callable[..., SyncCaptchaPage], site: Callable[..., Site], served: bytes
) -> None:
    layout = page(around="padding: 30.5px; transform: rotate(5deg)")
    there = site({"/": layout, "/captcha.png": Answer(served, kind="image/png")})
    captcha_page = visit(there.url)
    captcha_page.open()
    captcha_page.page.wait_for_load_state()
    before = captcha_page.page.screenshot()
    captcha_page.picture()
    assert captcha_page.page.screenshot() == before


def test_a_missing_element_is_an_error(
    visit: Callable[..., SyncCaptchaPage], site: Callable[..., Site]
) -> None:
    captcha_page = visit(site({"/": Answer(b"<p>nothing here")}).url)
    captcha_page.open()
    captcha_page.coroutines.timeout = 0.5  # too short for `open` on a busy machine
    with pytest.raises(ElementNotFound, match=r"selectors\.picture '#captcha' matches nothing"):
        captcha_page.picture()


def test_two_elements_are_an_error(
    visit: Callable[..., SyncCaptchaPage], site: Callable[..., Site]
) -> None:
    there = site({"/": Answer(b"<img id=captcha><img id=captcha>")})
    captcha_page = visit(there.url)
    captcha_page.open()
    with pytest.raises(ElementNotFound, match="more than one element"):
        captcha_page.picture()


@pytest.mark.parametrize("answer", [Answer(b"", 404), Answer(b"\x89PNG\r\n", kind="image/png")])
def test_a_picture_that_does_not_load(
    answer: Answer, visit: Callable[..., SyncCaptchaPage], site: Callable[..., Site]
) -> None:
    captcha_page = visit(site({"/": page(), "/captcha.png": answer}).url)
    captcha_page.open()
    with pytest.raises(PictureNotShown, match="cannot be decoded"):
        captcha_page.picture()
