"""The agent takes all frames of a moving picture, and asks the site for it once."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from capslice import Reader, new_page, solve
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.training.mock_page import MockPage, Switches, Variant
from capslice.training.mock_page.moving import moving
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import Answer, Site
from tests.conftest import settings_for

PAGE = '<!doctype html><title>captcha</title><img id="captcha" src="/captcha.gif#now">'
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def gif() -> bytes:
    rng = np.random.default_rng(5)
    return moving(np.asarray(EllipseCaptcha().draw("234568", rng)), rng)


@pytest.mark.parametrize("picture", ["img", "data", "blob", "background", "svg"])
@pytest.mark.parametrize("frame", [False, True])
def test_a_moving_picture_is_read_wherever_it_is_shown(
    picture: Literal["img", "data", "blob", "background", "svg"],
    frame: bool,
    browser: Browser,
    reader: Reader,
) -> None:
    variant = Variant(picture=picture, frame=frame)
    selectors = {"frame": "#frame"} if frame else {}
    captcha, switches = EllipseCaptcha(), Switches(gif=True)
    with MockPage(captcha, switches, variant=variant, seed=1) as site:
        page = new_page(browser)
        settings = settings_for(site.url, target={"selectors": selectors}, retries={"attempts": 3})
        solution = solve(page, settings, reader=reader)
        page.context.close()
    assert solution.solved
    assert site.visits.pictures == len(solution.attempts)


@pytest.mark.parametrize("redirected", [False, True])
def test_the_file_is_taken_as_it_was_served(
    redirected: bool,
    gif: bytes,
    site: Callable[..., Site],
    visit: Callable[..., SyncCaptchaPage],
) -> None:
    answers = {"/": Answer(PAGE.encode()), "/captcha.gif": Answer(gif, kind="image/gif")}
    if redirected:
        answers["/files/1"] = answers["/captcha.gif"]
        answers["/captcha.gif"] = Answer(status=302, location="/files/1")
    there = site(answers)
    page = visit(there.url)
    page.open()
    assert page.picture() == gif
    assert page.picture() == gif
    assert len(there.log) == len(answers)


@pytest.mark.parametrize("file", ["still", "unknown", "broken"])
def test_any_other_picture_is_a_screenshot(
    file: str, gif: bytes, site: Callable[..., Site], visit: Callable[..., SyncCaptchaPage]
) -> None:
    captcha = EllipseCaptcha().draw("234568", np.random.default_rng(5))
    still = io.BytesIO()
    captcha.save(still, "GIF")
    # A moving picture that claims to be a still one is taken as one.
    content, kind = (still.getvalue(), "image/gif") if file == "still" else (gif, "image/jpeg")
    html = PAGE
    if file == "broken":
        html = PAGE.replace("/captcha.gif#now", "data:image/gif;base64,R0lGODlhAQABAAAAACw")
    there = site({"/": Answer(html.encode()), "/captcha.gif": Answer(content, kind=kind)})
    page = visit(there.url)
    page.open()
    if file == "broken":
        with pytest.raises(Exception, match="cannot be decoded"):
            page.picture()
        return
    taken = page.picture()
    assert taken.startswith(PNG)
    if file == "still":
        with Image.open(io.BytesIO(taken)) as image:
            assert np.array_equal(np.asarray(image.convert("L")), np.asarray(captcha))


def test_a_page_that_was_open_before_is_a_screenshot(
    gif: bytes, site: Callable[..., Site], visit: Callable[..., SyncCaptchaPage]
) -> None:
    there = site({"/": Answer(PAGE.encode()), "/captcha.gif": Answer(gif, kind="image/gif")})
    page = visit(there.url)
    page.detach()
    page.page.goto(there.url, wait_until="load")
    page.attach()
    assert page.picture().startswith(PNG)
    assert len(there.log) == 2
