"""No request goes to an origin that is not allowed, whatever way a page tries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import cast

import pytest
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from capslice import new_page
from capslice.agent.browser.launch import system_browser
from capslice.agent.browser.sync_async import result, run_synchronously
from capslice.agent.page.captcha_page import CaptchaPage
from capslice.agent.page.enforcement import Enforcement
from capslice.agent.page.events import PageEvents
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.guard import Guard
from capslice.agent.settings import Selectors, Target
from tests.agent.conftest import Answer, Site
from tests.conftest import in_a_thread

Start = Callable[..., Site]

# The ways of a page to leave when it opens or when #go is clicked. {there} is not allowed.
WAYS = {
    "link": '<a id="go" href="{there}x">go</a>',
    "script": "<button id='go' onclick=\"location = '{there}x'\">go</button>",
    "form": '<form method="post" action="{there}x"><button id="go">go</button></form>',
    "form, redirected with its data": (
        '<form method="post" action="/kept"><button id="go">go</button></form>'
    ),
    "link, redirected": '<a id="go" href="/moved">go</a>',
    "link, redirected twice": '<a id="go" href="/twice">go</a>',
    "refresh": '<meta http-equiv="refresh" content="0; url={there}x"><p id="go">go',
    "pop-up": "<button id='go' onclick=\"window.open('{there}x')\">go</button>",
    "pop-up, redirected": "<button id='go' onclick=\"window.open('/twice')\">go</button>",
    "tab": '<a id="go" target="_blank" rel="noopener" href="{there}x">go</a>',
    "tab, redirected": '<a id="go" target="_blank" rel="noopener" href="/twice">go</a>',
    "form in a tab": (
        '<form target="_blank" method="post" action="/kept"><button id="go">go</button></form>'
    ),
    "frame": '<iframe src="{there}x"></iframe><p id="go">go',
    "frame, redirected": '<iframe src="/twice"></iframe><p id="go">go',
    "frame, by its own script": '<iframe src="/leaves"></iframe><p id="go">go',
    "frame, added later": (
        "<button id='go' onclick=\"f = document.createElement('iframe'); f.src = '/twice';"
        ' document.body.append(f)">go</button>'
    ),
    "object": '<object data="/twice"></object><embed src="{there}x"><p id="go">go',
}
# Clicked last: when its response is there, the browser has had time for all of the above.
LAST = "<button id=\"last\" onclick=\"fetch('/last').then(() => this.id = 'done')\">last</button>"


@pytest.fixture
def here_and_there(site: Start) -> tuple[Site, Site]:
    """A site that is allowed, and a site that is not, where all ways of the first lead."""
    there = site({"/x": Answer(b"gotcha")})
    redirects = {
        "/moved": Answer(status=302, location=there.url + "x"),
        "/kept": Answer(status=307, location=there.url + "x"),
        "/leaves": Answer(f"<script>location = '{there.url}x'</script>".encode()),
        "/last": Answer(b"last"),
    }
    pages = {
        f"/{number}": Answer((html.format(there=there.url) + LAST).encode())
        for number, html in enumerate(WAYS.values())
    }
    here = site(redirects | pages)
    here.answers["/twice"] = Answer(status=302, location=here.url + "moved")
    return here, there


def target_of(here: Site, way: str) -> Target:
    url = f"{here.url}{list(WAYS).index(way)}"
    return Target(url=url, allowed_origins=(here.url.rstrip("/"),))


async def go(page: Page, url: str) -> None:
    """Open the page, click its way to leave, and give the browser time for that."""
    # A page that was left or blocked has no elements to click.
    with suppress(PlaywrightError):
        await result(page.goto(url, timeout=3000))
        await result(page.click("#go", timeout=3000))
        await result(page.wait_for_timeout(50))
        if last := await result(page.query_selector("#last")):
            await result(last.click(timeout=3000))
            await result(page.wait_for_selector("#done", timeout=3000))


async def go_guarded(page: Page, target: Target) -> None:
    """The same while the agent is attached to the page."""
    captcha_page = CaptchaPage(page, target, 10)
    await captcha_page.attach()
    await go(page, target.url)
    await captcha_page.detach()


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_a_foreign_origin(
    way: str, browser: Browser, here_and_there: tuple[Site, Site]
) -> None:
    here, there = here_and_there
    page_of_caller = new_page(browser)
    run_synchronously(go_guarded(page_of_caller, target_of(here, way)))
    page_of_caller.context.close()
    assert here.log
    assert there.log == []


@pytest.mark.slow
def test_no_way_leads_there_with_the_asynchronous_api(here_and_there: tuple[Site, Site]) -> None:
    here, there = here_and_there

    async def try_all() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=system_browser())
            for way in WAYS:
                page = await browser.new_page()
                await go_guarded(cast(Page, page), target_of(here, way))
                await page.close()
            await browser.close()

    in_a_thread(asyncio.run, try_all())
    assert len(here.log) >= len(WAYS)
    assert there.log == []


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_there_in_other_browsers(
    way: str, browser: Browser, here_and_there: tuple[Site, Site]
) -> None:
    """Like Firefox and WebKit, where Playwright intercepts the requests."""
    here, there = here_and_there
    page_of_caller, target = new_page(browser), target_of(here, way)
    guard = Guard(target.allowed_origins)
    events = PageEvents(page_of_caller, guard, page_of_caller.locator(":root"), Selectors(), ())
    enforcement = Enforcement(page_of_caller, guard, events)
    run_synchronously(enforcement.start(by_routes=True))
    run_synchronously(go(page_of_caller, target.url))
    # A tab may send its request only now, so close the tab before the requests go through.
    page_of_caller.context.close()
    run_synchronously(enforcement.stop())
    assert here.log
    assert there.log == []


def test_a_page_behind_redirects_arrives_in_other_browsers(browser: Browser, site: Start) -> None:
    here = site({"/": Answer(b"<h1>here</h1>")})
    here.answers["/moved"] = Answer(status=303, location="/")
    here.answers["/kept"] = Answer(status=307, location="/moved")
    page_of_caller = new_page(browser)
    guard = Guard(("loopback",))
    events = PageEvents(page_of_caller, guard, page_of_caller.locator(":root"), Selectors(), ())
    enforcement = Enforcement(page_of_caller, guard, events)
    run_synchronously(enforcement.start(by_routes=True))
    page_of_caller.goto(here.url + "kept")
    page_of_caller.wait_for_selector("h1")
    assert page_of_caller.url == here.url
    page_of_caller.context.close()


@pytest.mark.parametrize("way", WAYS)
def test_each_way_works_without_the_guard(
    way: str, browser: Browser, here_and_there: tuple[Site, Site]
) -> None:
    """Otherwise the tests above would prove nothing."""
    here, there = here_and_there
    with browser.new_context() as context:
        page = context.new_page()
        # On a busy machine, a step may take longer than `go` waits for it.
        for _ in range(10):
            run_synchronously(go(page, target_of(here, way).url))
            page.wait_for_timeout(100)
            if "GET /x" in there.log or "POST /x" in there.log:
                return
    pytest.fail(f"no request arrived: {there.log}")


def test_two_pages_of_one_browser_have_separate_rules(
    browser: Browser, here_and_there: tuple[Site, Site]
) -> None:
    here, there = here_and_there
    mine, other = new_page(browser), new_page(browser)
    page = SyncCaptchaPage(mine, target_of(here, "frame"), 10)
    page.attach()
    other.set_content(f'<iframe src="{there.url}x"></iframe>')
    other.frames[1].wait_for_load_state()
    other.goto(there.url + "x")
    assert there.log.count("GET /x") == 2
    page.open()
    mine.frames[-1].wait_for_load_state()
    assert there.log.count("GET /x") == 2
    page.detach()
    mine.goto(there.url + "x")
    assert there.log.count("GET /x") == 3, "the rule is still in force after the end"
    for each in (mine, other):
        each.context.close()
