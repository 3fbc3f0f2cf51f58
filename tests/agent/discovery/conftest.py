"""Finds captchas on the pages of a browser, and serves sites with one form."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from capslice import Reader, Settings, solve
from capslice.agent.discovery import Drawing, Form, find_form, find_messages
from capslice.agent.discovery.config_text import config_text
from capslice.training.pictures import EllipseCaptcha
from tests.agent.discovery.pages.site import SitePage, serve
from tests.conftest import settings_for
from tests.sessions import sessions

ANSWER = "526328"


@pytest.fixture
def new_session(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Open pages in sessions of their own, which end with the test."""
    with sessions(browser) as open_page:
        yield open_page


class Finder:
    """Does what `capslice init` does, without its command line."""

    def __init__(self, new_session: Callable[[], Page], reader: Reader) -> None:
        self.new_session = new_session
        self.reader = reader
        self.drawing = Drawing()

    def form(
        self,
        url: str,
        timeout: float = 10.0,
        choose: Callable[[list[str]], int] = lambda _: 0,
        **target: object,
    ) -> Form:
        self.settings = settings_for(url, timeout, target=target)
        return find_form(self.new_session, self.settings, self.drawing.add, choose)

    def form_and_messages(self, url: str, timeout: float = 10.0, **target: object) -> Form:
        form = self.form(url, timeout, **target)
        return find_messages(self.new_session, form, self.settings, self.reader, self.drawing.add)

    def solves(self, form: Form, config: Path) -> bool:
        """Write what was found into the file, and solve with it."""
        config.write_text(config_text(form, {}))
        return solve(self.new_session(), Settings.load(config), reader=self.reader).solved


@pytest.fixture
def finder(new_session: Callable[[], Page], reader: Reader) -> Finder:
    return Finder(new_session, reader)


@pytest.fixture(scope="session")
def png() -> bytes:
    """A captcha whose text is ANSWER."""
    content = io.BytesIO()
    EllipseCaptcha().draw(ANSWER, np.random.default_rng(1)).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def serve_page() -> Iterator[Callable[[SitePage], str]]:
    """Serve pages until the test ends."""
    with ExitStack() as stack:
        yield lambda page: stack.enter_context(serve(page))


@pytest.fixture
def form_site(serve_page: Callable[[SitePage], str]) -> Callable[[str, str, str], str]:
    """Serve a form, and what it says to a wrong and to a right answer."""
    return lambda form, wrong, right: serve_page(SitePage(form, wrong, right))
