"""Pages that try to leave just when a solve ends, again and again on a busy machine.

RACES=5 repeats each five times in place of fifty.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from capslice import new_page
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.browser.session import own_session
from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.page.enforcement import Enforcement
from capslice.agent.page.events import PageEvents
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.guard import Guard
from capslice.agent.settings import Browser as BrowserSettings
from capslice.agent.settings import Selectors
from tests.agent.hostile.conftest import ANSWER, Attack
from tests.conftest import in_a_thread

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

TIMES = int(os.environ.get("RACES", "50"))
RACES = ("frame_at_the_end", "post_into_a_frame", "many_frames")


@pytest.fixture(autouse=True, scope="module")
def load() -> Iterator[None]:
    """Keep each processor busy, so that events come in any order."""
    with ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(busy.wait)
            stack.callback(busy.kill)
        yield


@pytest.mark.parametrize("name", RACES)
def test_a_page_of_our_own(name: str, attack: Attack) -> None:
    target, there = attack(name)

    def visit() -> None:
        with OwnBrowser(BrowserSettings()) as own:
            for _ in range(TIMES):
                with SyncCaptchaPage(own.new_page(), target, 30) as page:
                    page.open()
                    page.type_answer(ANSWER)

    in_a_thread(visit)
    assert there.log == []


def test_a_callers_page(attack: Attack, browser: Browser) -> None:
    target, there = attack("frame_at_the_end")
    for _ in range(TIMES):
        page = new_page(browser)
        with SyncCaptchaPage(page, target, 30) as captcha_page:
            captcha_page.open()
        page.context.close()
    assert there.log == []


@pytest.mark.parametrize("name", RACES)
def test_a_page_in_other_browsers(name: str, attack: Attack, browser: Browser) -> None:
    """Like Firefox and WebKit, where Playwright intercepts the requests."""
    target, there = attack(name)
    for _ in range(TIMES):
        page = own_session(browser, BrowserSettings()).new_page()
        guard = Guard(target.allowed_origins)
        events = PageEvents(page, guard, page.locator(":root"), Selectors(), ())
        run_synchronously(Enforcement(page, guard, events).start(by_routes=True))
        page.goto(target.url, wait_until="domcontentloaded")
        page.fill("#input", ANSWER)
        page.context.close()
    assert there.log == []
