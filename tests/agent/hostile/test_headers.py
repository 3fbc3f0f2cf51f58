"""Any header of a response brings a picture or one of our errors, and leads nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.session import own_session
from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.page.enforcement import Enforcement
from capslice.agent.page.events import PageEvents
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.guard import Guard
from capslice.agent.settings import Browser as BrowserSettings
from capslice.agent.settings import Selectors
from capslice.errors import AgentError
from tests.agent.conftest import Answer, Site
from tests.fuzz.test_inputs import HEADERS

KINDS = (
    *("", " ", ";", "/", "image", "image/gif", "image/webp; a=b", "image/apng, text/html", "\xff"),
    *("text/html; charset=utf-16", "text/html; charset=nothing", "text/plain", "x" * 9000),
    *("application/octet-stream", "multipart/x-mixed-replace; boundary=x", "text/event-stream"),
    *("application/pdf", "image/svg+xml", "image/svg", "audio/mpeg", "application/xhtml+xml"),
)
LOCATIONS = (
    *("", " ", "#", "?", "//", "///", "\\", "http:", "http://", "http://[", "http://[::1", "\xff"),
    *("//{there}x", "\\\\{there}x", "/\\{there}x", "http:\\\\{there}x", "https:{there}x"),
    *("http://{here}@{there}x", "http://{there}\\@{here}", "http://{here}:99999/", "/" * 9000),
    *("javascript:location = 'http://{there}x'", "data:text/html,x", "blob:http://{there}x"),
    *("about:blank", "view-source:http://{there}x", "file:///etc/passwd", "chrome://version"),
)
PAGE = b'<!doctype html><input id="answer"><img id="captcha" src="/p">'

Start = Callable[..., Site]
Visit = Callable[..., SyncCaptchaPage]


def address(location: str, here: Site, there: Site) -> str:
    """The location with the two sites, each without its scheme."""
    names = {"here": here, "there": there}
    return location.format(**{name: site.url.partition("://")[2] for name, site in names.items()})


def look(page: SyncCaptchaPage) -> None:
    """Open the page and take the picture, if that is possible."""
    try:
        page.open()
        assert page.picture()
    except AgentError as error:
        assert str(error)


@pytest.mark.parametrize("path", ["/", "/p"])
def test_any_type_of_a_page_or_a_picture(path: str, png: bytes, site: Start, visit: Visit) -> None:
    here = site({})
    page = visit(here.url, 0.5)
    for kind in KINDS:
        here.answers |= {"/": Answer(PAGE), "/p": Answer(png, kind="image/png")}
        here.answers[path].kind = kind
        look(page)
    assert len(here.log) >= len(KINDS)


@pytest.mark.parametrize("path", ["/", "/p"])
def test_any_time_to_wait(path: str, png: bytes, site: Start, visit: Visit) -> None:
    for value in HEADERS:
        answers = {"/": Answer(PAGE), "/p": Answer(png, kind="image/png")}
        answers[path].status = 429
        answers[path].headers = {"Retry-After": value.decode("latin-1")}
        page = visit(site(answers).url)
        with pytest.raises(AgentError, match="429"):
            page.open()
            page.picture()


@pytest.mark.parametrize("status", [302, 307])
def test_any_redirect(status: int, site: Start, visit: Visit) -> None:
    here, there = site({}), site({})
    page = visit(here.url, 0.5, allowed_origins=(here.url.rstrip("/"),))
    for location in LOCATIONS:
        here.answers["/"] = Answer(status=status, location=address(location, here, there) or " ")
        look(page)
    assert len(here.log) >= len(LOCATIONS)
    assert there.log == []


@pytest.mark.parametrize("status", [302, 307])
def test_any_redirect_in_other_browsers(status: int, site: Start, browser: Browser) -> None:
    """Like Firefox and WebKit, where Playwright intercepts the requests."""
    here, there = site({}), site({})
    page = own_session(browser, BrowserSettings()).new_page()
    guard = Guard((here.url.rstrip("/"),))
    events = PageEvents(page, guard, page.locator(":root"), Selectors(), ())
    run_synchronously(Enforcement(page, guard, events).start(by_routes=True))
    for location in LOCATIONS:
        here.answers["/"] = Answer(status=status, location=address(location, here, there) or " ")
        with suppress(PlaywrightError):
            page.goto(here.url, timeout=1000)
    page.context.close()
    assert len(here.log) >= len(LOCATIONS)
    assert there.log == []
