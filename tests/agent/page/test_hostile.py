"""The pages in `hostile` get no document from a foreign origin, and no answer to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from capslice import new_page
from capslice.agent.browser.launch import system_browser
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.settings import Browser as BrowserSettings
from capslice.agent.settings import Target
from capslice.errors import OriginNotAllowed
from tests.agent.conftest import Answer, Site
from tests.conftest import in_a_thread

Start = Callable[..., Site]
Sites = Callable[[str], tuple[Target, Site]]

PAGES = Path(__file__).with_name("hostile")
FETCHED_AHEAD = ("prefetch", "prerender")
AT_THE_END = ("frame_at_the_end", "post_into_a_frame", "many_frames")


@pytest.fixture
def attack(site: Start) -> Sites:
    """Serve a hostile page; return its target, and the foreign site that it leads to."""

    def attack(name: str) -> tuple[Target, Site]:
        there = site({"/x": Answer(b'<input id="input">')})
        html = (PAGES / f"{name}.html").read_text("utf-8").replace("{there}", there.url)
        here = site({"/": Answer(html.encode())})
        selectors = {"input": "#input"}
        url = here.url
        return Target.model_validate(
            {"url": url, "allowed_origins": (url.rstrip("/"),), "selectors": selectors}
        ), there

    return attack


def test_every_page_is_tried() -> None:
    assert {page.stem for page in PAGES.iterdir()} == {*FETCHED_AHEAD, *AT_THE_END}


@pytest.mark.parametrize("name", [*FETCHED_AHEAD, *AT_THE_END])
def test_nothing_leaves_a_page_of_our_own(name: str, attack: Sites, tmp_path: Path) -> None:
    target, there = attack(name)

    def visit() -> None:
        with OwnBrowser(BrowserSettings()) as own:
            page = own.new_page()
            with SyncCaptchaPage(page, target, 3) as captcha_page:
                captcha_page.open()
                page.wait_for_timeout(200)
                if name in FETCHED_AHEAD:
                    page.click("#go")
                    page.wait_for_timeout(200)
            page.screenshot(path=tmp_path / "end.png")
            page.wait_for_timeout(100)

    in_a_thread(visit)
    assert there.log == []


@pytest.mark.parametrize("name", FETCHED_AHEAD)
def test_nothing_is_typed_into_a_document_fetched_ahead(name: str, attack: Sites) -> None:
    """In a browser that capslice did not start, and that fetches documents ahead."""
    target, there = attack(name)

    def visit() -> str:
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=system_browser()).new_page()
            with SyncCaptchaPage(page, target, 3) as captcha_page:
                captcha_page.open()
                page.wait_for_timeout(300)
                page.click("#go")
                page.wait_for_url(there.url + "x")
                with pytest.raises(OriginNotAllowed):
                    captcha_page.type_answer("secret")
            return page.input_value("#input")

    assert in_a_thread(visit) == ""
    assert there.log == ["GET /x"]


def test_held_requests_of_a_callers_page_are_refused(browser: Browser, attack: Sites) -> None:
    target, there = attack("frame_at_the_end")
    page = new_page(browser)
    with SyncCaptchaPage(page, target, 3) as captcha_page:
        captcha_page.open()
    page.wait_for_timeout(100)
    page.context.close()
    assert there.log == []
